import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { type ChildProcess, spawn } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { tinyRun, workplace } from '../../test/process/training.ts';
import { RunControl } from '../../worker/training/control.ts';
import { startTraining } from '../../worker/services/train.ts';
import { type Known, statusOf, summaryOf } from './run-status.ts';
import { RunStore } from './run-store.ts';
import { readRun, type StoredRun } from './stored-run.ts';

const KNOWN: Known = { remembered: undefined, failures: {}, inUse: undefined };

interface Place {
  readonly runs: string;
  readonly train: (name: string, assignments?: readonly string[], control?: RunControl) => Promise<string>;
}

function place(t: TestContext): Place {
  const { folder, data } = workplace(t);
  const runs = join(folder, 'runs');
  return {
    runs,
    train: async (name, assignments = [], control) => {
      const out = join(runs, name);
      const request = tinyRun(data, out, ['training.steps=20', 'training.evalEvery=10', ...assignments]);
      await startTraining(request, { control });
      return out;
    },
  };
}

async function stored(path: string): Promise<StoredRun> {
  return (await readRun(path))!;
}

/** Waits until a store tells of a change. */
function changed(store: RunStore): Promise<void> {
  return new Promise((resolve) => {
    const listening = store.onDidChange(() => {
      listening.dispose();
      resolve();
    });
  });
}

/** Starts a process that takes a run. */
function lockedByAnother(path: string): ChildProcess {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  const lock = { pid: other.pid!, host: hostname(), since: Date.now() };
  writeFileSync(join(path, '.lock'), JSON.stringify(lock));
  return other;
}

describe('readRun', () => {
  it('tells all of a run that has come to its end', async (t) => {
    const run = await stored(await place(t).train('a'));
    const { loss, valLoss, best, seconds, record, ...rest } = run;
    assert.deepEqual(
      { ...rest, path: undefined },
      {
        path: undefined,
        name: 'a',
        problem: undefined,
        createdAt: record!.createdAt,
        parameters: rest.parameters,
        step: 20,
        savedStep: 20,
        end: 'completed',
        owner: undefined,
        checkpoints: ['last', 'best'],
      },
    );
    assert.ok(
      rest.parameters > 1000 && seconds > 0 && loss! > 0 && valLoss! > 0 && best!.valLoss <= valLoss!,
    );
    const summary = summaryOf(run, { ...KNOWN, inUse: join(run.path, 'checkpoints', 'best') });
    assert.deepEqual(
      [
        summary.status,
        summary.steps,
        summary.inUse,
        summary.hyperparameters.lr,
        summary.hyperparameters.width,
      ],
      ['completed', 20, true, 1e-3, 16],
    );
  });

  it('says what a run computes in, where that is not float32', async (t) => {
    const { train } = place(t);
    const [plain, half] = [await train('a'), await train('b', ['training.precision=bfloat16'])];
    assert.equal(summaryOf(await stored(plain), KNOWN).precision, undefined);
    assert.equal(summaryOf(await stored(half), KNOWN).precision, 'bfloat16, emulated');
  });

  it('reads the end of a long log, and what came before it from the checkpoint', async (t) => {
    const path = await place(t).train('a');
    const { best, valLoss, seconds } = await stored(path);
    const log = join(path, 'metrics.jsonl');
    const padding = `{"event":"step","pad":"${'x'.repeat(1000)}"}\n`;
    appendFileSync(log, padding.repeat(400)); // lines that are none: what is before them lies out of sight
    const run = await stored(path);
    assert.deepEqual([run.step, run.best, run.valLoss], [20, best, valLoss]);
    assert.ok(seconds > 0 && run.seconds === 0);
  });

  it('shows a run whose record is broken, with the reason', async (t) => {
    const { runs } = place(t);
    const path = join(runs, 'a');
    mkdirSync(path, { recursive: true });
    assert.equal(await readRun(path), undefined);
    for (const text of ['{"version": 1}', '{"vers', '']) {
      writeFileSync(join(path, 'run.json'), text);
      const run = await stored(path);
      assert.match(run.problem!, /run\.json/);
      assert.equal(statusOf(run, KNOWN), 'failed');
      assert.equal(summaryOf(run, KNOWN).steps, 0);
    }
  });

  it('takes no notice of torn lines, or of files that are missing', async (t) => {
    const path = await place(t).train('a');
    appendFileSync(join(path, 'metrics.jsonl'), '{"event":"step","step":21,"lo');
    assert.equal((await stored(path)).step, 20);
    rmSync(join(path, 'metrics.jsonl'));
    const run = await stored(path);
    assert.deepEqual([run.step, run.problem, run.end], [20, undefined, undefined]);
    writeFileSync(join(path, 'checkpoints', 'last', 'trainer.json'), '{');
    assert.equal((await stored(path)).step, 0);
  });
});

describe('statusOf', () => {
  it('tells an end that was wanted from one that was not', async (t) => {
    const control = new RunControl();
    control.stop();
    const run = await stored(await place(t).train('a', [], control));
    assert.equal(statusOf(run, KNOWN), 'stopped');
    assert.equal(statusOf(run, { ...KNOWN, remembered: run.path }), 'interrupted');
    assert.equal(statusOf(run, { ...KNOWN, failures: { [run.path]: { message: 'broken' } } }), 'failed');
    const cut = { ...run, end: undefined };
    assert.equal(statusOf(cut, KNOWN), 'interrupted');
    assert.equal(statusOf(cut, { ...KNOWN, failures: { [run.path]: { message: 'diverged' } } }), 'failed');
  });

  it('knows a run that another process trains', async (t) => {
    const path = await place(t).train('a');
    const other = lockedByAnother(path);
    assert.equal(statusOf(await stored(path), KNOWN), 'elsewhere');
    other.kill('SIGKILL');
    await once(other, 'exit');
    assert.equal(statusOf(await stored(path), KNOWN), 'completed');
  });
});

describe('RunStore', () => {
  it('lists runs, the newest first, and gives what was measured', async (t) => {
    const { runs, train } = place(t);
    const store = new RunStore(runs);
    await store.refresh();
    assert.deepEqual(store.runs, []);
    const first = await train('first');
    await train('second', ['training.logEvery=5']);
    await store.refresh();
    assert.deepEqual(
      store.runs.map(({ name }) => name),
      ['second', 'first'],
    );
    assert.equal((await store.series(first)).points.length, 20);
    const { points, evaluations } = await store.series(join(runs, 'second'));
    assert.deepEqual([points.length, evaluations.length], [4, 2]);
  });

  it('notices runs that come and go', async (t) => {
    const { runs, train } = place(t);
    const store = new RunStore(runs);
    const alive = setInterval(() => undefined, 1000);
    t.after(() => {
      store.dispose();
      clearInterval(alive);
    });
    store.watch();
    const appeared = changed(store);
    const path = await train('a');
    await appeared;
    cpSync(path, join(runs, 'b'), { recursive: true });
    await changed(store);
    assert.deepEqual(
      store.runs.map((run) => basename(run.path)),
      ['a', 'b'],
    );
    rmSync(path, { recursive: true });
    await changed(store);
    assert.deepEqual(
      store.runs.map(({ name }) => name),
      ['b'],
    );
  });

  it('notices that another process goes on with a run that was at rest', { timeout: 60_000 }, async (t) => {
    const { runs, train } = place(t);
    const path = await train('a');
    const store = new RunStore(runs);
    store.watch();
    await store.refresh();
    await setTimeout(1000); // what it sees of the training is over
    const other = lockedByAnother(path);
    t.after(() => {
      other.kill('SIGKILL');
      store.dispose();
    });
    await changed(store);
    assert.equal(store.find(path)?.owner?.pid, other.pid);
  });
});
