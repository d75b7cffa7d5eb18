/**
 * A worker that misbehaves: FAKE_WORKER names how. It speaks JSON-RPC by hand, and answers what it is not told to do
 * otherwise with `null`.
 */
import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';

const how = process.env.FAKE_WORKER;

if (how === 'dies') process.exit(3);
if (how === 'noise') {
  process.stdout.write('one\ntwo\n');
  process.stderr.write('three\n');
  for (const value of ['words', null, 7, {}, { jsonrpc: '2.0' }, { jsonrpc: '2.0', method: 7 }])
    process.send(value);
  // well-formed, and nonsense: an answer that nobody waits for, a progress of no call, a cancel of nothing
  process.send({ jsonrpc: '2.0', id: 99, result: 1 });
  process.send({ jsonrpc: '2.0', method: '$/progress', params: { token: 99, value: 1 } });
  process.send({ jsonrpc: '2.0', method: '$/cancelRequest' });
}

process.on('message', ({ id, method }) => {
  if (id === undefined) return;
  const answer = (result) => process.send({ jsonrpc: '2.0', id, result });
  if (method === 'hello') greet(id, answer);
  else if (method === 'info' && how === 'busy') compute(Number(process.env.FAKE_WORKER_MS));
  else if (method === 'info' && how === 'lie') return answer({ model: 7 });
  if (method !== 'hello') answer(method === 'info' ? INFO : null);
});

process.on('disconnect', () => {
  if (how !== 'stays') process.exit(0);
});
if (how === 'stays') setInterval(() => undefined, 1000);

function greet(id, answer) {
  if (how === 'mute') return;
  if (how === 'old') {
    const error = {
      code: -32603,
      message: 'expected protocol 1, got 2',
      data: { code: 'usage', hint: 'reload' },
    };
    process.send({ jsonrpc: '2.0', id, error });
  } else {
    answer({ protocol: 2, version: '0.0.0', pid: process.pid });
  }
}

/** Blocks the event loop, as one run of a model does. */
function compute(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const MEMORY = { parameters: 1, gradients: 1, optimizer: 1, activations: 1, logits: 1, kvCache: 1, total: 6 };
const INFO = {
  model: 'fake',
  config: {},
  parameters: 1,
  activeParameters: 1,
  modules: { name: 'model', parameters: 1, children: [] },
  batch: 1,
  context: 1,
  memory: { training: MEMORY, lora: MEMORY, quantisedLora: MEMORY, inference: MEMORY },
};
