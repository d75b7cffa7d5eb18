/** The worker process from its host's side. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RunEventSchema } from '../../worker/protocol/events.ts';
import {
  type HostMessage,
  PROTOCOL_VERSION,
  type WorkerMessage,
  WorkerMessageSchema,
} from '../../worker/protocol/messages.ts';
import { corpus, metricsOf, tinyRun, workplace } from './training.ts';

const WORKER = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));

type Is<T extends WorkerMessage['type']> = Extract<WorkerMessage, { type: T }>;

interface Host {
  readonly child: ChildProcess;
  readonly received: readonly WorkerMessage[];
  send(message: HostMessage): void;
  sendAnything(message: object | string): void;
  /** The first message, from now on or before, that is so. */
  until(isIt: (message: WorkerMessage) => boolean): Promise<WorkerMessage>;
  /** The result of a request. Rejects with the error that came instead. */
  ask(id: number, method: string, params: unknown): Promise<unknown>;
}

/** Forks a worker as an extension host does; `greet` says hello to it. */
async function worker(t: TestContext, greet = true): Promise<Host> {
  const child = fork(WORKER, {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const received: WorkerMessage[] = [];
  const waiting = new Set<() => void>();
  child.on('message', (message) => {
    received.push(WorkerMessageSchema.parse(message));
    for (const look of waiting) look();
  });
  const until: Host['until'] = (isIt) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = received.find(isIt);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      child.once('exit', (code, signal) =>
        reject(
          new Error(`the worker ended (${String(code ?? signal)}) after ${JSON.stringify(received.at(-1))}`),
        ),
      );
    });
  const send = (message: HostMessage): void => void child.send(message);
  const ask: Host['ask'] = async (id, method, params) => {
    send({ type: 'request', id, method, params });
    const end = await until((m) => (m.type === 'result' || m.type === 'error') && m.id === id);
    if (end.type === 'error') throw Object.assign(new Error(end.error.message), end.error);
    return (end as Is<'result'>).result;
  };
  if (greet) {
    send({ type: 'hello', protocol: PROTOCOL_VERSION });
    await until(({ type }) => type === 'hello');
  }
  return { child, received, send, sendAnything: (message) => void child.send(message), until, ask };
}

function eventsOf({ received }: Host, id: number): Record<string, unknown>[] {
  return received.flatMap((m) =>
    m.type === 'event' && m.id === id ? [m.event as Record<string, unknown>] : [],
  );
}

const isError = ({ type }: WorkerMessage): boolean => type === 'error';

describe('the worker process', () => {
  it('shakes hands, and tells the parameters of GPT-2', async (t) => {
    const host = await worker(t);
    const [hello] = host.received;
    assert.equal((hello as Is<'hello'>).protocol, PROTOCOL_VERSION);
    const info = (await host.ask(1, 'info', { model: 'gpt2' })) as { parameters: number };
    assert.equal(info.parameters, 124_439_808);
  });

  it('serves nobody who speaks another version, or has not said hello', async (t) => {
    const host = await worker(t, false);
    await assert.rejects(host.ask(1, 'info', { model: 'gpt2' }), {
      code: 'usage',
      message: /expected a hello first/,
    });
    host.send({ type: 'hello', protocol: PROTOCOL_VERSION + 1 });
    const refusal = (await host.until(
      (m) => isError(m) && (m as Is<'error'>).id === undefined,
    )) as Is<'error'>;
    assert.match(refusal.error.message, /expected protocol \d+, got \d+/);
  });

  it('answers unknown methods, wrong params and malformed messages with errors, and lives on', async (t) => {
    const host = await worker(t);
    await assert.rejects(host.ask(1, 'nonsense', {}), {
      code: 'usage',
      message: 'unknown method nonsense',
      hint: /info/,
    });
    await assert.rejects(host.ask(2, 'info', { model: 7 }), {
      code: 'usage',
      message: /params of info: model:/,
    });
    await assert.rejects(host.ask(3, 'info', { model: 'no-such-folder' }), { code: 'usage' });
    for (const message of [
      'words',
      {},
      { type: 'request' },
      { type: 'control', id: 1, control: 'explode' },
    ]) {
      const before = host.received.length;
      host.sendAnything(message);
      const error = (await host.until(
        (m) => isError(m) && host.received.indexOf(m) >= before,
      )) as Is<'error'>;
      assert.deepEqual([error.id, error.error.code], [undefined, 'usage']);
    }
    host.sendAnything({ type: 'request', id: 4 });
    assert.match(
      ((await host.until((m) => isError(m) && (m as Is<'error'>).id === 4)) as Is<'error'>).error.message,
      /method/,
    );
    host.send({ type: 'cancel', id: 99 });
    host.send({ type: 'control', id: 99, control: 'stop' });
    await host.ask(5, 'info', { model: 'gpt2' });
  });

  it('trains with events, pauses, stops with a checkpoint, resumes, generates and tokenizes', async (t) => {
    const { folder, data } = workplace(t);
    const host = await worker(t);
    const run = join(folder, 'run');
    const isEvent = (id: number, name: string) => (m: WorkerMessage) =>
      m.type === 'event' && m.id === id && (m.event as { event?: string }).event === name;

    const end = host.ask(1, 'train', tinyRun(data, run, ['training.steps=100000']));
    await host.until(isEvent(1, 'step'));
    host.send({ type: 'control', id: 1, control: 'pause' });
    await host.until(isEvent(1, 'paused'));
    host.send({ type: 'control', id: 1, control: 'save' });
    await host.until(isEvent(1, 'checkpoint'));
    host.send({ type: 'control', id: 1, control: 'unpause' });
    await host.until(isEvent(1, 'unpaused'));
    host.send({ type: 'control', id: 1, control: 'stop' });
    const done = (await end) as { reason: string; step: number };
    assert.equal(done.reason, 'stopped');
    assert.ok(readdirSync(join(run, 'checkpoints')).includes('last'));
    const told = eventsOf(host, 1);
    assert.ok(told.some(({ progress }) => progress !== undefined));
    const events = told
      .filter(({ event }) => event !== undefined)
      .map((event) => RunEventSchema.parse(event));
    assert.deepEqual(
      events.map(({ event, step }) => ({ event, step })),
      metricsOf(run).map(({ event, step }) => ({ event, step })),
    );

    const resumed = host.ask(2, 'resume', { run });
    const start = (await host.until(isEvent(2, 'start'))) as Is<'event'>;
    assert.equal((start.event as { step: number }).step, done.step);
    host.send({ type: 'cancel', id: 2 });
    await assert.rejects(resumed, { code: 'cancelled', message: /the last checkpoint is kept/ });

    const settings = { maxTokens: 6, temperature: 0, stop: [] };
    const text = (await host.ask(3, 'generate', {
      model: run,
      provider: 'cpu',
      prompt: '1 + 1 =',
      settings,
    })) as { text: string };
    const pieces = eventsOf(host, 3).flatMap((event) => (event.type === 'text' ? [event.text] : []));
    assert.equal(pieces.join(''), text.text);
    const tokens = (await host.ask(4, 'tokenize', {
      tokenizer: join(run, 'tokenizer'),
      text: corpus(1),
      explain: false,
    })) as { count: number };
    assert.equal(tokens.count, corpus(1).length);
  });

  it('ends when its host lets go, also in the middle of a run, and frees the run', async (t) => {
    const { folder, data } = workplace(t);
    const host = await worker(t);
    const run = join(folder, 'run');
    host.send({
      type: 'request',
      id: 1,
      method: 'train',
      params: tinyRun(data, run, ['training.steps=100000']),
    });
    await host.until((m) => m.type === 'event' && (m.event as { event?: string }).event === 'step');
    const start = performance.now();
    host.child.disconnect();
    const [code] = (await once(host.child, 'exit', { signal: AbortSignal.timeout(5000) })) as [number | null];
    assert.equal(code, 0);
    assert.ok(performance.now() - start < 2000);
    assert.deepEqual(
      readdirSync(run).filter((name) => name.includes('lock')),
      [],
    );
  });
});
