/** The worker process as its host sees it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import type { RunEvent, TrainEvent } from '../../worker/protocol/events.ts';
import { ipcPort } from '../../worker/protocol/ipc.ts';
import { PROTOCOL_VERSION, WORKER_METHODS } from '../../worker/protocol/methods.ts';
import { portEnds } from '../../worker/protocol/port.ts';
import { Client, hasCode } from '../../worker/protocol/rpc.ts';
import { corpus, metricsOf, tinyRun, workplace } from './training.ts';
import { supervised, WORKER } from './workers.ts';

const LONG = ['training.steps=100000'];

describe('the worker process', () => {
  it('says hello, and tells the parameters of GPT-2', { timeout: 60_000 }, async (t) => {
    const { call, states } = supervised(t);
    const { parameters } = await call('info', { model: 'gpt2' });
    assert.equal(parameters, 124_439_808);
    assert.deepEqual(states, ['starting', 'ready']);
  });

  it('gives way to other processes as far as it is told', async (t) => {
    const { call, supervisor } = supervised(t, { priority: constants.priority.PRIORITY_LOW });
    await call('ping', {});
    assert.equal(getPriority(supervisor.pid), constants.priority.PRIORITY_LOW);
  });

  it('serves nobody who speaks another version, or has not said hello', { timeout: 60_000 }, async (t) => {
    const child = fork(WORKER, ['trainer'], { serialization: 'advanced', execArgv: [] });
    t.after(() => child.kill('SIGKILL'));
    const { reader, writer } = portEnds(ipcPort(child), () => undefined);
    const connection = createMessageConnection(reader, writer);
    connection.listen();
    const client = new Client(connection, WORKER_METHODS);
    await assert.rejects(client.call('info', { model: 'gpt2' }), {
      code: 'usage',
      message: /expected a hello first/,
    });
    await assert.rejects(client.call('hello', { protocol: PROTOCOL_VERSION + 1 }), {
      code: 'usage',
      message: /expected protocol \d+, got \d+/,
      hint: /reload/,
    });
    await client.call('hello', { protocol: PROTOCOL_VERSION });
    await client.call('ping', {});
  });

  it(
    'answers wrong params with errors, refuses malformed messages, and lives on',
    { timeout: 60_000 },
    async (t) => {
      const child = fork(WORKER, ['trainer'], {
        serialization: 'advanced',
        execArgv: [],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      t.after(() => child.kill('SIGKILL'));
      let log = '';
      child.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
      const { reader, writer } = portEnds(ipcPort(child), () => undefined);
      const connection = createMessageConnection(reader, writer);
      connection.listen();
      const client = new Client(connection, WORKER_METHODS);
      await client.call('hello', { protocol: PROTOCOL_VERSION });
      for (const value of [
        'words',
        {},
        { jsonrpc: '2.0' },
        { jsonrpc: '2.0', method: 7 },
        { jsonrpc: '2.0', method: '$/cancelRequest' },
        { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: null } },
        { jsonrpc: '2.0', id: null, method: 'info' },
        { jsonrpc: '2.0', id: 77, method: 'info' },
        { jsonrpc: '2.0', id: 78, method: 'info', params: [1, 2] },
        { jsonrpc: '2.0', id: 79, result: 7 },
        { big: 7n, loop: new Map([[1, 2]]) },
      ]) {
        child.send(value);
      }
      await assert.rejects(connection.sendRequest('nonsense', {}), { message: 'unknown method nonsense' });
      await assert.rejects(client.call('info', { model: '', batch: 0 }), {
        code: 'usage',
        message: /params of info: batch:/,
      });
      await assert.rejects(client.call('info', { model: 'no-such-folder' }), { code: 'usage' });
      assert.equal((await client.call('info', { model: 'gpt2' })).model, 'gpt2');
      assert.ok(log.split('\n').filter((line) => line.includes('refused a message')).length >= 4, log);
    },
  );

  it(
    'trains with events, pauses, saves, stops with a checkpoint, and resumes',
    { timeout: 120_000 },
    async (t) => {
      const { folder, data } = workplace(t);
      const { call } = supervised(t);
      const run = join(folder, 'run');
      assert.equal(await call('control', { action: 'stop' }), false);

      const first = new Told();
      const end = call('train', tinyRun(data, run, LONG), first);
      await first.until('step');
      await assert.rejects(call('train', tinyRun(data, join(folder, 'other'))), {
        code: 'usage',
        message: /one run at a time/,
      });
      assert.equal(await call('control', { action: 'pause' }), true);
      await first.until('paused');
      await call('control', { action: 'save' });
      await first.until('checkpoint');
      await call('control', { action: 'unpause' });
      await first.until('unpaused');
      await call('control', { action: 'stop' });
      const done = await end;
      assert.equal(done.reason, 'stopped');
      assert.ok(readdirSync(join(run, 'checkpoints')).includes('last'));
      assert.ok(first.all.some((event) => 'progress' in event));
      assert.deepEqual(
        first.events.map(({ event, step }) => ({ event, step })),
        metricsOf(run).map(({ event, step }) => ({ event, step })),
      );

      const second = new Told();
      const cancel = new AbortController();
      const resumed = call('resume', { run }, { onEvent: second.onEvent, signal: cancel.signal });
      assert.equal((await second.until('start')).step, done.step);
      cancel.abort();
      await assert.rejects(
        resumed,
        (error: Error) =>
          hasCode(error, 'cancelled') && error.message.includes('the last checkpoint is kept'),
      );
      assert.equal(await call('control', { action: 'stop' }), false);
    },
  );

  it(
    'plans a run, completes and generates with its model, tells its tokens, and exports it',
    { timeout: 120_000 },
    async (t) => {
      const { folder, data } = workplace(t);
      const { call } = supervised(t, { role: 'completer' });
      const run = join(folder, 'run');
      const { out, profile, ...planned } = tinyRun(data, run, ['training.steps=60']);
      const phases = new Set<string>();
      const plan = await call('plan', planned, { onEvent: ({ progress }) => phases.add(progress.phase) });
      assert.ok(plan.stepMs > 0 && plan.files === 1 && phases.has('measuring'));
      await call('train', { ...planned, out, profile });

      const model = { model: run, provider: 'cpu' };
      const opened = await call('open', model);
      assert.deepEqual([opened.name, opened.context, opened.provider], ['run', 16, 'cpu']);
      const completion = await call('complete', { ...model, prefix: '1 + 1 =', suffix: '\n' });
      assert.ok(completion.promptTokens > 0);
      let pieces = '';
      const generated = await call(
        'generate',
        { ...model, prompt: '1 + 1 =', settings: { maxTokens: 6, temperature: 0 } },
        { onEvent: (event) => (pieces += 'type' in event && event.type === 'text' ? event.text : '') },
      );
      assert.equal(pieces, generated.text);

      const text = corpus(1);
      const tokens = await call('tokenize', { tokenizer: run, text });
      assert.ok(tokens.ids instanceof Int32Array);
      assert.deepEqual(
        [tokens.kind, tokens.ids.length, tokens.ends.at(-1)],
        ['char', text.length, text.length],
      );
      await assert.rejects(call('explainMerges', { tokenizer: run, text }), { code: 'usage' });
      const exported = await call('export', { model: run, out: join(folder, 'model') });
      assert.ok(exported.files.includes('model.safetensors'));
    },
  );

  it(
    'ends when its host lets go in the middle of a run, with a checkpoint, and frees the run',
    { timeout: 120_000 },
    async (t) => {
      const { folder, data } = workplace(t);
      const { call, supervisor, crashes } = supervised(t);
      const run = join(folder, 'run');
      const told = new Told();
      const training = assert.rejects(call('train', tinyRun(data, run, LONG), told), { code: 'worker' });
      await told.until('step');
      const start = performance.now();
      await supervisor.dispose();
      await training;
      assert.ok(performance.now() - start < 5000);
      assert.equal(metricsOf(run).at(-1)?.reason, 'stopped');
      assert.deepEqual(
        readdirSync(run).filter((name) => name.includes('lock')),
        [],
      );
      assert.deepEqual(crashes, []);
      await assert.rejects(call('ping', {}), { code: 'worker' });
    },
  );

  it('takes no notice of a Ctrl-C that reaches the whole group', { timeout: 60_000 }, async (t) => {
    const { call, supervisor } = supervised(t);
    await call('ping', {});
    const { pid } = supervisor;
    process.kill(pid!, 'SIGINT');
    await call('ping', {});
    assert.equal(supervisor.pid, pid);
  });
});

/** What a run has told so far. */
class Told {
  readonly all: TrainEvent[] = [];
  readonly #waiting = new Set<() => void>();

  readonly onEvent = (event: TrainEvent): void => {
    this.all.push(event);
    for (const look of this.#waiting) look();
  };

  get events(): RunEvent[] {
    return this.all.filter((event): event is RunEvent => 'event' in event);
  }

  /** The first event of that name, from now on or before. */
  until(name: RunEvent['event']): Promise<RunEvent> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.events.find(({ event }) => event === name);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
