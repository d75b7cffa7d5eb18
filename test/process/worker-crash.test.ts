/** What becomes of calls, runs and processes when a worker dies, hangs, or loses its host. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TrainEvent } from '../../worker/protocol/events.ts';
import { metricsOf, numbersOf, tinyRun, workplace } from './training.ts';
import { FAKE_WORKER, isAlive, supervised, until } from './workers.ts';

const LONG = ['training.steps=1000000', 'training.checkpointEvery=20', 'training.evalEvery=0'];

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Counts the steps of a run. */
function stepCounter(): { steps: number; readonly onEvent: (event: TrainEvent) => void } {
  const counter = {
    steps: 0,
    onEvent(event: TrainEvent) {
      if ('event' in event && event.event === 'step') counter.steps = event.step;
    },
  };
  return counter;
}

const fake = (how: string, more: Record<string, string> = {}) => ({
  script: FAKE_WORKER,
  env: { FAKE_WORKER: how, ...more },
});

describe('a worker that dies', { timeout: 120_000 }, () => {
  it('in the middle of a run: the call rejects, and the run goes on from its checkpoint', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const { call, supervisor, crashes, states } = supervised(t);
    const counter = stepCounter();
    const end = assert.rejects(call('train', tinyRun(data, run, LONG), counter), {
      name: 'WorkerGone',
      code: 'worker',
      message: 'the trainer process ended with SIGKILL',
    });
    await until(() => counter.steps > 30, 'a step after the first checkpoint');
    const killed = performance.now();
    process.kill(supervisor.pid!, 'SIGKILL');
    await end;
    assert.deepEqual(crashes, [{ message: 'the trainer process ended with SIGKILL', willRestart: true }]);
    assert.equal(supervisor.state, 'off');

    const again = stepCounter();
    const starts: number[] = [];
    const resumed = call(
      'resume',
      { run },
      {
        onEvent(event) {
          again.onEvent(event);
          if ('event' in event && event.event === 'start') starts.push(event.step);
        },
      },
    );
    await until(() => again.steps > 50, 'steps after the resumption');
    assert.ok(performance.now() - killed >= 500, 'the next start waits');
    await call('control', { action: 'stop' });
    assert.equal((await resumed).reason, 'stopped');
    assert.equal(starts.length, 1);
    assert.ok(starts[0]! >= 20 && starts[0]! % 20 === 0, `resumed at ${String(starts[0])}`);
    assert.deepEqual(states, ['starting', 'ready', 'off', 'starting', 'ready']);
    assert.equal(crashes.length, 1);
    const steps = numbersOf(metricsOf(run)).length;
    assert.equal(steps, metricsOf(run).findLast(({ event }) => event === 'step')?.step, 'no step twice');
  });

  it('in the middle of a completion: the call rejects, and the next one has an answer', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const { call, supervisor, crashes } = supervised(t, { role: 'completer' });
    await call(
      'train',
      tinyRun(data, run, ['training.steps=5', 'model.context=2048', 'training.context=16']),
    );
    const request = { model: run, provider: 'cpu', prefix: '1 + 1 =', suffix: '' };
    await call('open', { model: run, provider: 'cpu' });
    let text = '';
    const settings = { maxTokens: 2000, temperature: 1 };
    const end = assert.rejects(
      call(
        'generate',
        { model: run, provider: 'cpu', prompt: '1', settings },
        { onEvent: (event) => (text += 'type' in event && event.type === 'text' ? event.text : '') },
      ),
      { code: 'worker' },
    );
    await until(() => text.length > 5, 'some text');
    const completion = assert.rejects(call('complete', request), { code: 'worker' });
    process.kill(supervisor.pid!, 'SIGKILL');
    await Promise.all([end, completion]);
    assert.ok((await call('complete', request)).promptTokens > 0);
    assert.equal(crashes.length, 1);
  });

  it('at once and again and again: waits grow, the user hears of the first and the last, and a restart begins anew', async (t) => {
    const { call, crashes, states, supervisor } = supervised(t, { ...fake('dies'), restarts: 2 });
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await assert.rejects(call('ping', {}), { code: 'worker', message: /ended with code 3/ });
      times.push(performance.now() - start);
    }
    assert.ok(times[1]! >= 500 && times[1]! < 2000 && times[2]! >= 1900, String(times));
    assert.equal(supervisor.state, 'failed');
    assert.deepEqual(
      crashes.map(({ willRestart }) => willRestart),
      [true, false],
    );
    const start = performance.now();
    await assert.rejects(call('ping', {}), { code: 'worker', message: /died too often/, hint: /restart/ });
    assert.ok(performance.now() - start < 100, 'it does not even try');
    await assert.rejects(supervisor.restart(), { code: 'worker', message: /ended with code 3/ });
    assert.deepEqual([supervisor.state, states.at(-2)], ['off', 'starting']);
  });

  it('while nothing is asked of it: the next call starts another', async (t) => {
    const { call, supervisor, crashes } = supervised(t);
    await call('ping', {});
    const first = supervisor.pid!;
    process.kill(first, 'SIGKILL');
    await until(() => supervisor.pid === undefined, 'the end');
    await call('ping', {});
    assert.notEqual(supervisor.pid, first);
    assert.equal(crashes.length, 1);
  });

  it('of SIGTERM: a run saves a checkpoint first', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const { call, supervisor } = supervised(t);
    const counter = stepCounter();
    const end = call('train', tinyRun(data, run, LONG), counter);
    await until(() => counter.steps > 5, 'some steps');
    process.kill(supervisor.pid!, 'SIGTERM');
    assert.equal((await end).reason, 'stopped');
    await until(() => supervisor.pid === undefined, 'the end');
  });
});

describe('a worker that does not start', { timeout: 60_000 }, () => {
  it('is refused if it speaks another version', async (t) => {
    const { call, crashes } = supervised(t, fake('old'));
    await assert.rejects(call('ping', {}), { message: 'expected protocol 1, got 2', hint: 'reload' });
    assert.match(crashes[0]!.message, /did not say hello: expected protocol 1/);
  });

  it('is killed if it says nothing in time', async (t) => {
    const { call, supervisor } = supervised(t, { ...fake('mute'), handshake: 300 });
    const end = assert.rejects(call('ping', {}), {
      code: 'worker',
      message: /did not say hello within 0.3 s/,
    });
    await until(() => supervisor.pid !== undefined, 'a start');
    const pid = supervisor.pid!;
    await end;
    assert.equal(isAlive(pid), false);
  });

  it('says so if there is no such file', async (t) => {
    const { call, lines } = supervised(t, { script: '/no/such/worker.js' });
    await assert.rejects(call('ping', {}), { code: 'worker', message: /ended with code 1/ });
    await until(() => lines.some((line) => line.includes('/no/such/worker.js')), 'the reason in the log');
  });

  it('does not hold up a caller who cancels, nor the end', async (t) => {
    const { call, supervisor } = supervised(t, fake('dies'));
    await assert.rejects(call('ping', {}), { code: 'worker' });
    const waits = call('ping', {}, { signal: AbortSignal.timeout(50) });
    await assert.rejects(waits, { code: 'cancelled' });
    const other = assert.rejects(call('ping', {}), { code: 'worker', message: /closing/ });
    const start = performance.now();
    await supervisor.dispose();
    await other;
    assert.ok(performance.now() - start < 300);
  });
});

describe('a worker that is to end', { timeout: 60_000 }, () => {
  it('and does not, is killed after a while', async (t) => {
    const { call, supervisor, crashes } = supervised(t, { ...fake('stays'), grace: 300 });
    await call('ping', {});
    const pid = supervisor.pid!;
    const start = performance.now();
    await supervisor.dispose();
    assert.ok(performance.now() - start >= 300);
    assert.equal(isAlive(pid), false);
    assert.deepEqual(crashes, []);
  });

  it('and start again, is another process afterwards', async (t) => {
    const { call, supervisor, states, crashes } = supervised(t);
    await call('ping', {});
    const pid = supervisor.pid!;
    await supervisor.restart();
    assert.deepEqual([supervisor.state, isAlive(pid)], ['ready', false]);
    assert.notEqual(supervisor.pid, pid);
    assert.deepEqual(states, ['starting', 'ready', 'off', 'starting', 'ready']);
    assert.deepEqual(crashes, []);
  });
});

describe('a worker that is asked to start again', { timeout: 60_000 }, () => {
  it('is killed first if it does not answer', async (t) => {
    const watchTimes = { every: 300, patience: 60_000 };
    const { call, supervisor, crashes } = supervised(t, { watchTimes });
    await call('ping', {});
    const pid = supervisor.pid!;
    process.kill(pid, 'SIGSTOP');
    await supervisor.restart();
    assert.equal(isAlive(pid), false);
    await call('ping', {});
    assert.deepEqual(crashes, []);
  });
});

describe('a worker that is silent', { timeout: 60_000 }, () => {
  const watchTimes = { every: 100, patience: 1000 };

  it('is not killed while it computes, however long', async (t) => {
    const { call, crashes } = supervised(t, { ...fake('busy', { FAKE_WORKER_MS: '3500' }), watchTimes });
    assert.equal((await call('info', { model: 'fake' })).model, 'fake');
    assert.deepEqual(crashes, []);
  });

  it('is killed if it does not compute either, and told', async (t) => {
    const { folder, data } = workplace(t);
    const { call, supervisor, crashes } = supervised(t, { watchTimes });
    const counter = stepCounter();
    const end = assert.rejects(call('train', tinyRun(data, join(folder, 'run'), LONG), counter), {
      code: 'worker',
      message: /hangs: no answer and no CPU time used for 1 s/,
    });
    await until(() => counter.steps > 5, 'some steps');
    const pid = supervisor.pid!;
    process.kill(pid, 'SIGSTOP');
    await end;
    await until(() => crashes.length === 1, 'the end');
    assert.match(crashes[0]!.message, /hangs/);
    assert.equal(isAlive(pid), false);
    await call('ping', {});
  });

  it('is left alone while nothing is asked of it', async (t) => {
    const { call, supervisor, crashes } = supervised(t, { watchTimes });
    await call('ping', {});
    process.kill(supervisor.pid!, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.deepEqual(crashes, []);
    process.kill(supervisor.pid!, 'SIGCONT');
    await call('ping', {});
  });
});

describe('a worker that makes noise', { timeout: 60_000 }, () => {
  it('is heard in the log, and its malformed messages change nothing', async (t) => {
    const { call, lines } = supervised(t, fake('noise'));
    await call('ping', {});
    await until(() => ['one', 'two', 'three'].every((line) => lines.includes(line)), 'all lines');
    assert.ok(lines.filter((line) => line.includes('no message')).length >= 5, String(lines));
    assert.equal((await call('info', { model: 'x' })).model, 'fake');
  });

  it('is not believed where an answer is not of the contract', async (t) => {
    const { call } = supervised(t, fake('lie'));
    await assert.rejects(call('info', { model: 'x' }), { code: 'usage', message: /result of info: model:/ });
  });
});

describe('two workers at once', { timeout: 60_000 }, () => {
  it('do not disturb each other', async (t) => {
    const trainer = supervised(t, { role: 'trainer' });
    const completer = supervised(t, { role: 'completer' });
    const [a, b] = await Promise.all([trainer.call('info', { model: 'gpt2' }), completer.call('ping', {})]);
    assert.deepEqual([a.model, b], ['gpt2', null]);
    process.kill(trainer.supervisor.pid!, 'SIGKILL');
    await until(() => trainer.crashes.length === 1, 'the crash');
    await completer.call('ping', {});
    assert.deepEqual(completer.crashes, []);
  });
});

describe('a worker whose host is killed', { timeout: 60_000 }, () => {
  it('in the middle of a run: saves a checkpoint, and ends', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'run');
    const request = tinyRun(data, run, [
      'training.steps=1000000',
      'training.checkpointEvery=0',
      'training.evalEvery=0',
    ]);
    const { pid, host, steps } = await startHost(t, ['train', JSON.stringify(request)]);
    await until(() => steps() > 3, 'some steps');
    assert.equal(existsSync(join(run, 'checkpoints', 'last')), false);
    host.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the end of the worker');
    assert.equal(metricsOf(run).at(-1)?.reason, 'stopped');
    assert.ok(existsSync(join(run, 'checkpoints', 'last')));
    assert.deepEqual(
      readdirSync(run).filter((name) => name.includes('lock')),
      [],
    );
  });

  it('while nothing is asked of it: ends', async (t) => {
    const { pid, host } = await startHost(t, ['idle']);
    host.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the end of the worker', 3000);
  });

  it('with its event loop stuck: is ended by its watchdog', async (t) => {
    const code = `
      const { fork } = require('node:child_process');
      const child = fork(${JSON.stringify(beside('./stuck-child.ts'))}, { execArgv: ['--import', 'tsx'] });
      child.on('message', (pid) => console.log(pid));`;
    const host = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => host.kill('SIGKILL'));
    const pid = Number(await firstLine(host.stdout));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(isAlive(pid), 'it is left alone while its parent is there');
    host.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the end of the stuck process');
  });
});

async function startHost(t: TestContext, args: readonly string[]) {
  const host = spawn(process.execPath, ['--import', 'tsx', beside('./host-child.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => host.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: host.stdout }).on('line', (line) => lines.push(line));
  await until(() => lines.length > 0, 'the process id');
  const pid = Number(lines[0]);
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
  return { pid, host, steps: () => lines.filter((line) => line === 'step').length };
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('the process ended without a line');
}
