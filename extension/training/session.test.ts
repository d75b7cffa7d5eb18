import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type TrainingEvent,
  TrainingEventSchema,
  type TrainingState,
  TrainingStateSchema,
} from '../../webview/protocol/training.ts';
import { hasCode, RemoteError } from '../../worker/protocol/rpc.ts';
import { stage } from '../../test/support/training-session.ts';

const statusIs = (status: string) => (state: TrainingState) => state.current?.summary.status === status;
const isUsage = (message: RegExp) => (error: unknown) =>
  error instanceof RemoteError && hasCode(error, 'usage') && message.test(error.message);

describe('TrainingSession', () => {
  it('plans, trains, and tells pages all that they show', async (t) => {
    const { session, store, until, prepare, ends, choice } = stage(t);
    await session.activate();
    prepare([
      'training.steps=30',
      'training.evalEvery=10',
      'training.sampleEvery=10',
      'training.sampleTokens=8',
    ]);
    session.plan();
    const { plan } = await until((state) => state.plan !== undefined || state.planProblem !== undefined);
    assert.ok(plan!.files === 1 && plan!.minutes > 0);

    const events: TrainingEvent[] = [];
    const page = new AbortController();
    const watching = session.watch((event) => events.push(structuredClone(event)), page.signal);
    session.start();
    assert.equal(session.state.plan, undefined);
    assert.equal(session.active?.status, 'preparing');
    await until(statusIs('completed'));
    await until(() => ends.length > 0);
    page.abort();
    await watching;

    for (const event of events) assert.deepEqual(TrainingEventSchema.parse(event), event);
    const { current, history } = TrainingStateSchema.parse(session.state);
    assert.equal(current!.series.points.length, 30);
    assert.deepEqual(
      current!.series.evaluations.map(({ step }) => step),
      [10, 20, 30],
    );
    assert.equal(current!.series.samples.length, 3);
    assert.deepEqual([history.length, history[0]!.status, history[0]!.inUse], [1, 'completed', true]);
    assert.match(history[0]!.name, /^corpus\.txt-\d{8}-\d{4}$/);
    // the first model completes from now on
    assert.equal(choice.path, current!.summary.path);
    assert.deepEqual([ends.length, ends[0]!.isChosen], [1, true]);
    // what a page gathers from events is what is on disk
    const told = events.flatMap((event) => (event.type === 'points' ? event.points : []));
    assert.ok(told.length > 0 && told.length <= 30);
    const onDisk = await store.series(current!.summary.path);
    assert.deepEqual(
      onDisk.points.map(({ step, loss }) => [step, loss]),
      current!.series.points.map(({ step, loss }) => [step, loss]),
    );
  });

  it('pauses, goes on, saves and stops, and goes on from there', async (t) => {
    const { session, until, prepare } = stage(t);
    prepare(['training.steps=100000']);
    session.start();
    assert.throws(() => session.start(), isUsage(/being trained/));
    assert.throws(() => session.plan(), isUsage(/being trained/));
    assert.throws(() => session.requireReady(), isUsage(/being trained/));
    await until(({ current }) => current!.summary.step > 2);
    await session.control('pause');
    const { current } = await until(statusIs('paused'));
    const { path, step } = current!.summary;
    await assert.rejects(session.remove(path), isUsage(/being trained/));
    await session.control('save');
    await session.control('unpause');
    await until(({ current }) => current!.summary.step > step);
    await session.control('stop');
    const stopped = (await until(statusIs('stopped'))).current!.summary.step;
    await until(() => session.active === undefined);
    await session.resume(path);
    await until(({ current }) => current!.summary.step > stopped);
    assert.equal(session.history.length, 1);
    await session.control('stop');
    await until(statusIs('stopped'));
    const { points } = session.state.current!.series;
    assert.deepEqual(
      points.map(({ step }) => step),
      points.map((_, i) => i + 1),
    );
  });

  it('leaves nothing of a run that is stopped before its first step', async (t) => {
    const { session, until, prepare } = stage(t);
    prepare(['training.steps=100000']);
    session.start();
    await session.control('stop');
    await until(() => session.active === undefined);
    await sleep(50);
    assert.deepEqual(session.history, []);
    assert.equal(session.state.current?.summary.status, 'stopped');
  });

  it('tells what is wrong with the form in the plan, and with a run in the run', async (t) => {
    const { session, until, prepare, ends } = stage(t);
    prepare();
    session.setForm({ ...session.form, model: 'gpt-9' });
    session.plan();
    const { planProblem } = await until((state) => state.planProblem !== undefined);
    assert.match(planProblem!.message, /gpt-9/);
    session.start();
    const { current } = await until(statusIs('failed'));
    assert.match(current!.problem!.message, /gpt-9/);
    await until(() => ends.length === 1);
    prepare(['training.lr=1e30', 'training.clip=0', 'training.warmup=0']);
    session.start();
    const diverged = await until((state) => statusIs('failed')(state) && state.current!.summary.step > 0);
    assert.match(diverged.current!.problem!.message, /finite|NaN|Infinity/);
    await until(() => ends.length === 2);
    assert.equal(session.history[0]!.status, 'failed');
    await session.show(session.history[0]!.path);
    assert.equal(session.state.current!.problem?.message, diverged.current!.problem!.message);
  });

  it('can drop a plan that is being made', async (t) => {
    const { session, prepare } = stage(t);
    prepare();
    session.plan();
    assert.notEqual(session.state.planning, undefined);
    await session.cancelPlan();
    const { plan, planning, planProblem } = session.state;
    assert.deepEqual([plan, planning, planProblem], [undefined, undefined, undefined]);
    session.plan();
    session.setForm({ ...session.form, model: 'gpt-micro' });
    assert.equal(session.state.planning, undefined);
  });

  it('trains nothing in a workspace that is not trusted', (t) => {
    const { session, answers, prepare } = stage(t);
    prepare();
    answers.trusted = false;
    assert.throws(() => session.start(), isUsage(/restricted/));
    assert.throws(() => session.plan(), isUsage(/restricted/));
    assert.equal(session.state.trusted, false);
  });

  it('goes on by itself, once for each checkpoint, when the worker dies', async (t) => {
    const { session, worker, until, prepare, restarted, offers, problems } = stage(t);
    prepare(['training.steps=100000', 'training.checkpointEvery=5']);
    session.start();
    await until(({ current }) => current!.summary.step > 10);
    worker.die();
    await until(({ current }) => current!.notes.some((note) => note.includes('died')));
    assert.deepEqual(
      worker.calls.filter((name) => name !== 'control'),
      ['train', 'resume'],
    );
    worker.die(); // before another checkpoint
    const { current } = await until(statusIs('interrupted'));
    await until(() => session.active === undefined);
    assert.match(current!.problem!.message, /SIGKILL/);
    await sleep(100);
    assert.equal(worker.calls.filter((name) => name === 'resume').length, 1);
    restarted.fire(undefined); // the user has it started again
    await until(statusIs('running'));
    assert.deepEqual([offers.length, problems.length, session.history.length], [0, 0, 1]);
    await session.control('stop');
    await until(statusIs('stopped'));
  });

  it('asks once whether a run goes on that was under way when the window closed', async (t) => {
    const before = stage(t);
    before.prepare(['training.steps=100000', 'training.checkpointEvery=5']);
    before.session.start();
    const { current } = await before.until((state) => state.current!.summary.step > 10);
    before.session.dispose(); // the window goes, and its worker saves
    before.worker.control!.stop();

    const after = before.reopen();
    await after.session.activate();
    assert.deepEqual(
      after.offers.map(({ path, status }) => [path, status]),
      [[current!.summary.path, 'interrupted']],
    );
    assert.equal(after.session.state.current?.summary.status, 'interrupted');

    const later = after.reopen();
    await later.session.activate();
    assert.equal(later.offers.length, 0);
    assert.equal(later.session.state.current?.summary.status, 'interrupted');
    later.restarted.fire(undefined); // the user's answer was no, and the worker had not died with it
    await sleep(100);
    assert.deepEqual(later.worker.calls, []);
    await later.session.resume(current!.summary.path);
    await later.until(statusIs('running'));
    await later.session.control('stop');
    await later.until(statusIs('stopped'));
  });

  it('goes on when the answer is yes, and does not ask after the end', async (t) => {
    const before = stage(t);
    before.prepare(['training.steps=60', 'training.checkpointEvery=5']);
    before.session.start();
    await before.until((state) => state.current!.summary.step > 10);
    before.session.dispose();
    before.worker.control!.stop();
    const after = before.reopen();
    after.answers.resume = true;
    await after.session.activate();
    await after.until(statusIs('completed'));
    await after.until(() => after.ends.length === 1);
    const last = after.reopen();
    await last.session.activate();
    assert.equal(last.offers.length, 0);
    assert.equal(last.session.state.current?.summary.status, 'completed');
  });

  it('refuses a run that another process trains, and one that has come to its end', async (t) => {
    const { session, store, until, prepare } = stage(t);
    prepare(['training.steps=5']);
    session.start();
    const { current } = await until(statusIs('completed'));
    await until(() => session.active === undefined);
    const { path } = current!.summary;
    await assert.rejects(session.resume(path), isUsage(/come to its end/));
    await assert.rejects(session.show(join(store.folder, 'none')), isUsage(/no run/));
  });

  it('removes runs, after a question', async (t) => {
    const { session, answers, until, prepare, store } = stage(t);
    prepare(['training.steps=5']);
    session.start();
    const { path } = (await until(statusIs('completed'))).current!.summary;
    await until(() => session.active === undefined);
    answers.remove = false;
    await session.remove(path);
    assert.equal(store.runs.length, 1);
    answers.remove = true;
    await session.remove(path);
    assert.deepEqual([store.runs, session.state.current, session.history], [[], undefined, []]);
  });

  it('has a form of its own for each objective, as it was left', (t) => {
    const { session, prepare } = stage(t);
    prepare();
    const { form } = session;
    session.setObjective('classify');
    assert.deepEqual([session.form.objective, session.form.data], ['classify', []]);
    assert.throws(() => session.start(), { code: 'usage', hint: 'choose a file of examples' });
    const own = { ...session.form, data: ['/x/mails.csv'], training: { steps: 7 } };
    session.setForm(own);
    session.setObjective('mlm');
    assert.ok(session.state.models.some(({ value }) => value === session.form.model));
    session.setObjective('clm');
    assert.deepEqual(session.form, form);
    session.setObjective('classify');
    assert.deepEqual(session.form, own);
  });

  it('trains a classifier with its scores and report, and does not complete with it', async (t) => {
    const { session, until, store, ends, choice } = stage(t);
    const examples = join(store.folder, '..', 'mails.csv');
    const lines = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? `meet me at ${i},ham` : `win ${i},spam`,
    );
    writeFileSync(examples, `text,label\n${lines.join('\n')}\n`);
    session.setObjective('classify');
    const steps = { steps: 4, batch: 4, context: 16, warmup: 1, evalEvery: 2, checkpointEvery: 2 };
    session.setForm({
      ...session.form,
      ...{ data: [examples], model: 'bert-tiny', tokenizer: 'wordpiece:100', training: steps },
    });
    session.plan();
    const { plan, planProblem } = await until((s) => s.plan !== undefined || s.planProblem !== undefined);
    assert.equal(plan?.files, 1, planProblem?.message);
    session.start();
    await until(() => ends.length > 0);
    assert.equal(ends[0]!.problem, undefined);
    assert.deepEqual([ends[0]!.isChosen, choice.path], [false, undefined]);
    const { current, history } = TrainingStateSchema.parse(session.state);
    assert.deepEqual([current!.summary.objective, history[0]!.objective], ['classify', 'classify']);
    const { evaluations, report } = current!.series;
    assert.ok(evaluations.every(({ metrics }) => metrics!.accuracy! >= 0));
    assert.deepEqual(
      report!.classes!.map(({ name }) => name),
      ['ham', 'spam'],
    );
    assert.ok(report!.baseline!.accuracy! > 0 && report!.confusion!.length === 2);
    assert.deepEqual((await store.series(current!.summary.path)).report, report);
  });

  it('keeps the line of a run that can not be read', async (t) => {
    const { session, store } = stage(t);
    const path = join(store.folder, 'broken');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'run.json'), '{');
    await session.activate();
    assert.deepEqual(
      session.history.map(({ name, status }) => [name, status]),
      [['broken', 'failed']],
    );
    await session.show(path);
    assert.match(session.state.current!.problem!.message, /run\.json/);
    assert.ok(TrainingStateSchema.parse(session.state));
  });
});
