/** Runs that end otherwise than they were meant to, and what becomes of them. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf } from '../../webview/protocol/problem.ts';
import type { TrainingState } from '../../webview/protocol/training.ts';
import { stage, type Stage } from '../../test/support/training-session.ts';
import { RunLock } from '../../worker/training/lock.ts';
import { runName } from './form.ts';

const statusIs = (status: string) => (state: TrainingState) => state.current?.summary.status === status;

const resumes = ({ worker }: Stage): number => worker.calls.filter((name) => name === 'resume').length;

/** Trains a few steps, and stops: the run has a checkpoint of its last step. */
async function stopped(scene: Stage): Promise<string> {
  scene.prepare(['training.steps=100000', 'training.checkpointEvery=90000', 'training.evalEvery=90000']);
  scene.session.start();
  await scene.until(({ current }) => current!.summary.step > 2);
  await scene.session.control('stop');
  const { current } = await scene.until(statusIs('stopped'));
  await scene.until(() => scene.session.active === undefined);
  return current!.summary.path;
}

describe('a run whose worker dies', () => {
  it('goes on from a checkpoint that another window or process wrote, once', async (t) => {
    const scene = stage(t);
    const { session, worker, until } = scene;
    await session.resume(await stopped(scene));
    await until(statusIs('running'));
    worker.die();
    await until(({ current }) => current!.notes.some((note) => note.includes('died')));
    await until(statusIs('running'));
    worker.die();
    await until(statusIs('interrupted'));
    await until(() => session.active === undefined);
    await sleep(100);
    assert.equal(resumes(scene), 2);
  });

  it('is taken up by one only of those who want it', async (t) => {
    const scene = stage(t);
    const { session, worker, until, restarted, problems } = scene;
    await session.resume(await stopped(scene));
    await until(statusIs('running'));
    const ended = session.onDidChange(() => {
      if (session.active !== undefined) return;
      ended.dispose();
      restarted.fire(undefined); // while it goes on by itself
      restarted.fire(undefined);
    });
    worker.die();
    await until(() => resumes(scene) === 2);
    await until(statusIs('running'));
    restarted.fire(undefined);
    await sleep(100);
    assert.deepEqual([problems, resumes(scene)], [[], 2]);
  });
});

describe('a run that another machine seems to train', () => {
  it('is neither resumed nor deleted, and the file that says so is named', async (t) => {
    const { session, ...scene } = stage(t);
    const path = await stopped({ session, ...scene });
    const lock = await RunLock.acquire(path);
    const file = readdirSync(path).find((name) => name.includes('lock'))!;
    lock.release();
    writeFileSync(join(path, file), JSON.stringify({ pid: 7, host: 'elsewhere.example', since: Date.now() }));
    for (const refused of [session.resume(path), session.remove(path)]) {
      await assert.rejects(refused, (error) => {
        const { message, hint } = problemOf(error);
        assert.match(message, /process 7 on elsewhere\.example/);
        assert.ok(hint?.includes(`remove ${join(path, file)}`));
        return true;
      });
    }
  });
});

describe('a run that is to be deleted', () => {
  it('stays where another window has taken it up while the question was open', async (t) => {
    const scene = stage(t);
    const path = await stopped(scene);
    const { ui } = scene;
    let lock: RunLock | undefined;
    ui.confirmRemove = async () => {
      lock = await RunLock.acquire(path);
      return true;
    };
    await assert.rejects(scene.session.remove(path), /is being trained/);
    lock?.release();
    assert.equal(scene.session.history.length, 1);
  });
});

describe('a window that closes before the first step', () => {
  it('says in the next window that nothing is left', async (t) => {
    const before = stage(t);
    before.prepare();
    before.session.start();
    const { path } = before.session.active!;
    while (before.worker.control === undefined) await sleep(5);
    before.session.dispose();
    before.worker.control.stop();
    await before.worker.idle();
    rmSync(path, { recursive: true, force: true });

    const after = before.reopen();
    await after.session.activate();
    assert.match(String(after.problems), /nothing of it is saved/);
    const last = after.reopen();
    await last.session.activate();
    assert.deepEqual(last.problems, []);
  });
});

describe('a window that closes before another folder of runs is set', () => {
  it('asks in the next window whether its run goes on', async (t) => {
    const before = stage(t);
    const path = await stopped(before);
    before.memory.set('cloze.training.active', { path, asked: false });

    const after = before.reopen();
    await after.store.setFolder(join(before.store.folder, 'elsewhere'));
    after.answers.resume = true;
    await after.session.activate();
    assert.deepEqual([after.offers.map((run) => run.path), after.problems], [[path], []]);
    await after.until(statusIs('running'));
    await after.session.control('stop');
    await after.until(() => after.session.active === undefined);
  });
});

describe('the model that completes', () => {
  it('is none once its run is deleted, and the next run is chosen', async (t) => {
    const { session, choice, until, prepare, ends } = stage(t);
    prepare(['training.steps=3']);
    session.start();
    await until(() => ends.length === 1);
    assert.equal(choice.path, session.history[0]!.path);
    await session.remove(session.history[0]!.path);
    assert.equal(choice.path, undefined);
  });

  it('is the first run that ends well where the chosen folder is gone', async (t) => {
    const { session, choice, until, prepare, ends, store } = stage(t);
    choice.path = join(store.folder, 'gone');
    prepare(['training.steps=3']);
    session.start();
    await until(() => ends.length === 1);
    assert.deepEqual([choice.path, ends[0]!.isChosen], [session.history[0]!.path, true]);
  });

  it('stays the one that the setting names, also where that folder is gone', async (t) => {
    const { session, choice, until, prepare, ends, store } = stage(t);
    const path = join(store.folder, 'unplugged');
    Object.assign(choice, { path, isSet: true });
    prepare(['training.steps=3']);
    session.start();
    await until(() => ends.length === 1);
    assert.deepEqual([choice.path, ends[0]!.isChosen], [path, false]);
  });

  it('may refuse to be chosen: the end is told all the same', async (t) => {
    const { session, choice, until, prepare, ends, problems } = stage(t);
    const refused = new Error('the setting can not be written');
    Object.defineProperty(choice, 'path', {
      get: () => undefined,
      set() {
        throw refused;
      },
    });
    prepare(['training.steps=3']);
    session.start();
    await until(() => ends.length === 1);
    assert.deepEqual([ends[0]!.isChosen, ends[0]!.run.status, problems], [false, 'completed', [refused]]);
  });
});

describe('a run that is started', () => {
  it('takes no name whose folder is there, with a record or without', (t) => {
    const { session, prepare, store } = stage(t);
    prepare();
    for (const minutes of [0, 1]) {
      const name = runName(session.form, new Date(Date.now() + 60_000 * minutes), () => false);
      mkdirSync(join(store.folder, name), { recursive: true });
    }
    session.start();
    assert.match(session.active!.name, /-2$/);
  });

  it('leaves no reason behind where it leaves no folder', async (t) => {
    const { session, prepare, until, memory } = stage(t);
    const old = { '/runs/gone': { message: 'diverged' } };
    memory.set('cloze.training.failures', old);
    prepare();
    session.setForm({ ...session.form, model: 'gpt-9' });
    session.start();
    const { current } = await until(statusIs('failed'));
    assert.match(current!.problem!.message, /gpt-9/);
    assert.deepEqual(memory.get('cloze.training.failures'), {});
  });
});

describe('what pages hear of the store', () => {
  it('is nothing of the run under way, and of another only its line', async (t) => {
    const { session, store, until, prepare } = stage(t);
    prepare(['training.steps=100000', 'training.checkpointEvery=90000', 'training.evalEvery=90000']);
    session.start();
    // its record has been read
    await until(({ current }) => current!.summary.step > 2 && 'width' in current!.summary.hyperparameters);
    const types: string[] = [];
    const page = new AbortController();
    const watching = session.watch(({ type }) => types.push(type), page.signal);
    for (let i = 0; i < 3; i++) {
      await sleep(20);
      await store.refresh();
    }
    const ofItself = ['state', 'points', 'head'];
    assert.deepEqual(
      types.slice(1).filter((type) => type === 'state' || !ofItself.includes(type)),
      [],
    );
    mkdirSync(join(store.folder, 'broken'));
    writeFileSync(join(store.folder, 'broken', 'run.json'), '{');
    await store.refresh();
    assert.ok(types.includes('history') && !types.slice(1).includes('state'));
    page.abort();
    await watching;
    await session.control('stop');
    await until(() => session.active === undefined);
  });
});
