/** All runs: the one that this window trains, and those on disk. Starts them, takes them up again, and sees to their ends. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writes } from '../../webview/protocol/objectives.ts';
import { problemOf } from '../../webview/protocol/problem.ts';
import { canResume } from '../../webview/protocol/run-rules.ts';
import type { RunSummary, TrainingForm } from '../../webview/protocol/training.ts';
import type { TrainEvent } from '../../worker/protocol/events.ts';
import { RunFolder } from '../../worker/protocol/run-files.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import { newRun, requestOf, runName } from './form.ts';
import { LiveRun } from './live-run.ts';
import { refusal } from '../platform/problem.ts';
import { trainedElsewhere } from './problem.ts';
import { released } from './released.ts';
import { type Control, type Ending, RunDriver } from './run-driver.ts';
import { readLog } from './run-log.ts';
import { isIn, type Known, summaryOf } from './run-status.ts';
import type { Addition } from './series.ts';
import type { Problem, SessionMemory } from './session-memory.ts';
import type { SessionParts } from './session-parts.ts';
import type { StoredRun } from './stored-run.ts';

export interface RunsListener {
  /** Resolves when the worker is free of what would be in the way of a run. */
  ready(): Promise<void>;
  onBegin(run: LiveRun): void;
  /** With what it adds to the series, if anything. */
  onProgress(addition?: Addition): void;
  /** The worker has let go of it. */
  onEnd(run: LiveRun): void;
  /** Something about the runs is known that was not before. */
  onChange(): void;
}

export class Runs {
  readonly #parts: SessionParts;
  readonly #memory: SessionMemory;
  readonly #listener: RunsListener;
  readonly #driver: RunDriver;
  /** Runs on their way to be taken up. */
  readonly #rising = new Set<string>();
  /** The last run that went on by itself, and the step of the checkpoint that it went on from. */
  #revived: { readonly path: string; readonly step: number } | undefined;
  /** The run whose worker died in this window, until another begins. */
  #crashed: string | undefined;
  #isDisposed = false;

  constructor(parts: SessionParts, memory: SessionMemory, listener: RunsListener) {
    this.#parts = parts;
    this.#memory = memory;
    this.#listener = listener;
    this.#driver = new RunDriver(parts.call, {
      ready: () => listener.ready(),
      changed: (run, event, addition) => this.#onProgress(run, event, addition),
    });
  }

  /** The run under way. */
  get live(): LiveRun | undefined {
    return this.#driver.run;
  }

  /** The newest first. */
  get history(): readonly RunSummary[] {
    const { live, others } = this;
    return live === undefined ? others : [this.withUse(live.summary), ...others];
  }

  /** All but the run under way. */
  get others(): readonly RunSummary[] {
    const { live, known } = this;
    const stored = this.#parts.store.runs.filter(({ path }) => path !== live?.path);
    return stored.map((run) => summaryOf(run, known));
  }

  get known(): Known {
    const { active, failures } = this.#memory;
    return { remembered: active?.path, failures, inUse: this.#parts.model.path };
  }

  withUse(run: RunSummary): RunSummary {
    return { ...run, inUse: isIn(this.#parts.model.path, run.path) };
  }

  /** Throws `usage` where nothing may be trained now. */
  requireReady(): void {
    if (!this.#parts.workspace.isTrusted) {
      throw refusal('nothing is trained in restricted mode', 'trust this workspace first');
    }
    this.#driver.requireIdle();
  }

  /** Starts a run of a form. Throws `usage` where nothing may be trained now. */
  start(form: TrainingForm): void {
    this.requireReady();
    const { store, settings } = this.#parts;
    const at = (name: string): string => join(store.folder, name);
    // one that is being prepared, here or elsewhere, has a folder before it has a record
    const out = at(runName(form, new Date(), (name) => existsSync(at(name))));
    const run = new LiveRun(newRun(form, out, store.runs));
    this.#follow(run, this.#driver.train(run, { ...requestOf(form, settings()), out }));
  }

  /** Goes on with a run from its last checkpoint. Throws `usage` where that can not be. */
  async resume(path: string, note?: string): Promise<void> {
    this.requireReady();
    const stored = await this.#find(path);
    if (stored === undefined) throw refusal(`${path} holds no run`);
    if (stored.owner !== undefined) throw trainedElsewhere(stored);
    const summary = summaryOf(stored, this.known);
    if (!canResume(summary)) {
      throw refusal(`the run ${summary.name} has ${summary.step === 0 ? 'not begun' : 'come to its end'}`);
    }
    const past = await readLog(new RunFolder(path).metricsPath);
    this.requireReady(); // another may have begun meanwhile
    const run = new LiveRun(summary, past, stored.savedStep);
    if (note !== undefined) run.take({ note });
    const ending = this.#driver.resume(run, { run: path });
    this.#memory.forget(path);
    this.#follow(run, ending);
  }

  control(action: Control): Promise<void> {
    return this.#driver.control(action);
  }

  /** Asks first; tells whether it is gone. Throws `usage` for a run that is being trained. */
  async remove(path: string): Promise<boolean> {
    const { model, ui, store } = this.#parts;
    if (!(await ui.confirmRemove(await this.#findIdle(path)))) return false;
    await this.#findIdle(path); // the question may have been open for long
    await ui.remove(path);
    this.#memory.forget(path);
    if (this.#crashed === path) this.#crashed = undefined;
    await store.refresh();
    if (isIn(model.path, path)) await this.#choose(undefined);
    return true;
  }

  /**
   * Finds out what became of the run that was under way when the window closed, once its worker has let go of it, and
   * asks once whether it goes on; `onFound` hears before of one that is in the folder of runs.
   */
  async takeUp(onFound: (path: string) => Promise<void>): Promise<void> {
    const { active } = this.#memory;
    if (active === undefined) return;
    const run = await released(this.#parts.store, active.path);
    if (run?.owner !== undefined || this.live !== undefined) return; // another window's
    const summary = run === undefined ? undefined : summaryOf(run, this.known);
    if (summary === undefined || !canResume(summary)) {
      this.#memory.active = undefined;
      if (run === undefined || run.step === 0) this.#tellLost(active.path);
      return;
    }
    if (this.#parts.store.find(active.path) !== undefined) await onFound(active.path);
    if (active.asked) return;
    this.#memory.active = { ...active, asked: true };
    if (await this.#parts.ui.offerResume(summary)) await this.#goOn(active.path);
  }

  /** Goes on with the run whose worker died, after the user has had it started again. */
  async takeUpCrashed(): Promise<void> {
    if (this.#crashed !== undefined) await this.#goOn(this.#crashed);
  }

  /** The run under way stays for the next window. */
  dispose(): void {
    this.#isDisposed = true;
  }

  /** A worker of this window's former self may still be saving its run. */
  async #find(path: string): Promise<StoredRun | undefined> {
    const { store } = this.#parts;
    if (path === this.#memory.active?.path) return released(store, path);
    await store.refresh();
    return store.find(path);
  }

  /** A run that nobody trains now. Throws `usage` if it is none. */
  async #findIdle(path: string): Promise<RunSummary> {
    const { store } = this.#parts;
    await store.refresh();
    if (this.live?.path === path) this.#driver.requireIdle();
    const run = store.find(path);
    if (run === undefined) throw refusal(`${path} holds no run`);
    if (run.owner !== undefined) throw trainedElsewhere(run);
    return summaryOf(run, this.known);
  }

  #follow(run: LiveRun, ended: Promise<Ending>): void {
    this.#memory.active = { path: run.path, asked: false };
    this.#crashed = undefined;
    this.#listener.onBegin(run);
    ended
      .then((ending) => this.#onEnd(run, ending))
      .catch((error: unknown) => this.#parts.ui.tellProblem(error));
  }

  #onProgress(run: LiveRun, event?: TrainEvent, addition?: Addition): void {
    this.#listener.onProgress(addition);
    if (event !== undefined && 'event' in event && event.event === 'start') void this.#onStart(run);
  }

  /** Its record is written by now. */
  async #onStart(run: LiveRun): Promise<void> {
    const { store } = this.#parts;
    await store.refresh();
    const stored = store.find(run.path);
    if (stored === undefined) return;
    run.describe(summaryOf(stored, this.known));
    this.#listener.onChange();
  }

  async #onEnd(run: LiveRun, ending: Ending): Promise<void> {
    if (this.#isDisposed) return;
    const problem = 'error' in ending ? problemOf(ending.error) : undefined;
    if (ending.how === 'cancelled') run.end('stopped');
    if (ending.how === 'gone') run.end('interrupted', problem);
    if (ending.how === 'failed') run.end('failed', problem);
    this.#listener.onEnd(run);
    this.#memory.active = ending.how === 'gone' ? { path: run.path, asked: true } : undefined;
    this.#crashed = ending.how === 'gone' ? run.path : undefined;
    if (ending.how === 'failed' && problem !== undefined && !hasCode(ending.error, 'locked')) {
      this.#memory.fail(run.path, problem, (path) => existsSync(new RunFolder(path).recordPath));
    }
    await this.#parts.store.refresh();
    this.#listener.onChange();
    if (ending.how === 'gone') await this.#onCrash(run);
    else if (ending.how !== 'cancelled') await this.#tellEnd(run, problem);
  }

  /** By itself it goes on once from each checkpoint. */
  async #onCrash({ path }: LiveRun): Promise<void> {
    const stored = this.#parts.store.find(path);
    if (stored === undefined) {
      this.#memory.active = undefined;
      this.#crashed = undefined;
      return;
    }
    const { savedStep: step } = stored;
    if (step === undefined || !this.#parts.settings().resumeAfterCrash) return;
    if (this.#revived?.path === path && this.#revived.step === step) return;
    this.#revived = { path, step };
    await this.#goOn(path, 'its process died; it went on from its last checkpoint');
  }

  /** A first model completes from now on. What a setting names may be missing for a moment only, as a disk: it stays. */
  async #tellEnd(run: LiveRun, problem: Problem | undefined): Promise<void> {
    const { model, ui } = this.#parts;
    const completes = model.path !== undefined && existsSync(model.path);
    const isUsable = problem === undefined && run.savedStep !== undefined && writes(run.summary.objective);
    const isWanted = isUsable && !completes && !model.isSet;
    const refused = isWanted ? await this.#tryChoose(run.path) : undefined;
    const isChosen = isWanted && refused === undefined;
    ui.tellEnd({ run: this.withUse(run.summary), problem, isChosen });
    if (refused !== undefined) ui.tellProblem(refused.error);
  }

  #tellLost(path: string): void {
    const message = `the run ${basename(path)} was being trained when the window closed, and nothing of it is saved`;
    this.#parts.ui.tellProblem(refusal(message, 'start it again: the form is as it was'));
  }

  async #choose(path: string | undefined): Promise<void> {
    const refused = await this.#tryChoose(path);
    if (refused !== undefined) this.#parts.ui.tellProblem(refused.error);
  }

  /** What was in the way of the choice, if anything. */
  async #tryChoose(path: string | undefined): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#parts.model.choose(path);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Takes a run up that nobody waits for; one that is under way or on its way stays as it is. */
  async #goOn(path: string, note?: string): Promise<void> {
    if (this.live?.path === path || this.#rising.has(path)) return;
    this.#rising.add(path);
    try {
      await this.resume(path, note);
    } catch (error) {
      this.#parts.ui.tellProblem(error);
    } finally {
      this.#rising.delete(path);
    }
  }
}
