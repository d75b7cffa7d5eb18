/**
 * Training as the whole window shares it: the form, its plan, the run that is looked at, and all runs. The worker owns
 * the run under way; what it has measured is kept here for pages that come and go.
 */
import { isDeepStrictEqual } from 'node:util';
import { isLabelled, type ObjectiveName } from '../../webview/protocol/objectives.ts';
import type {
  CurrentRun,
  Point,
  RunSummary,
  Series,
  Setup,
  TrainingEvent,
  TrainingForm,
  TrainingState,
} from '../../webview/protocol/training.ts';
import type { Disposable } from '../platform/disposable.ts';
import { Broadcast } from './broadcast.ts';
import { Emitter } from './emitter.ts';
import { defaultForm, formFor } from './default-forms.ts';
import { modelChoices, providerChoices, requestOf } from './form.ts';
import type { LiveRun } from './live-run.ts';
import { exampleFiles } from './objectives.ts';
import { Outbox } from './outbox.ts';
import { Planning } from './planning.ts';
import { refusal } from '../platform/problem.ts';
import type { Control } from './run-driver.ts';
import { summaryOf } from './run-status.ts';
import { Runs } from './runs.ts';
import type { Addition } from './series.ts';
import { SessionMemory } from './session-memory.ts';
import type { SessionParts } from './session-parts.ts';

export class TrainingSession implements Disposable {
  readonly #parts: SessionParts;
  readonly #memory: SessionMemory;
  readonly #planning: Planning;
  readonly #runs: Runs;
  readonly #outbox: Outbox;
  readonly #pages = new Broadcast<TrainingEvent>();
  readonly #change = new Emitter<undefined>();
  readonly #subscriptions: readonly Disposable[];
  /** What is looked at, where that is not the run under way. */
  #shown: CurrentRun | undefined;
  /** Runs and models to begin with, as the pages know them from the store. */
  #told: { readonly others: readonly RunSummary[]; readonly models: Setup['models'] };

  /** Something about the runs has changed; at most a few times a second. */
  readonly onDidChange = this.#change.event;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#memory = new SessionMemory(parts.memento);
    this.#planning = new Planning(parts.call, () => this.#tellSetup());
    this.#outbox = new Outbox((points) => this.#tellProgress(points));
    this.#runs = new Runs(parts, this.#memory, {
      ready: () => this.#planning.forget(),
      onBegin: (run) => this.#onBegin(run),
      onProgress: (addition) => this.#onProgress(addition),
      onEnd: (run) => this.#onEnd(run),
      onChange: () => this.tellState(),
    });
    this.#told = this.#stored;
    this.#subscriptions = [
      parts.store.onDidChange(() => void this.#onStoreChange()),
      parts.model.onDidChange(() => this.tellState()),
      parts.onDidRestart(() => void this.#runs.takeUpCrashed()),
    ];
  }

  /** All runs, the newest first. */
  get history(): readonly RunSummary[] {
    return this.#runs.history;
  }

  /** The run under way. */
  get active(): RunSummary | undefined {
    return this.#runs.live?.summary;
  }

  get form(): TrainingForm {
    return this.#memory.form ?? defaultForm(this.#parts.workspace.folders());
  }

  get state(): TrainingState {
    return { ...this.#setup, current: this.#current, history: [...this.history] };
  }

  /** Reads the runs, shows what was shown last, and takes up what was under way when the window closed. */
  async activate(): Promise<void> {
    const { store } = this.#parts;
    await store.refresh();
    const { shown } = this.#memory;
    if (shown !== undefined && store.find(shown) !== undefined) await this.show(shown);
    await this.#runs.takeUp((path) => this.show(path));
  }

  /** Tells the state, and its changes until the signal fires. */
  watch(tell: (event: TrainingEvent) => void, signal: AbortSignal): Promise<void> {
    this.#outbox.flush();
    return this.#pages.watch({ type: 'state', state: this.state }, tell, signal);
  }

  /** Keeps the form; a plan of another one is forgotten. */
  setForm(form: TrainingForm): void {
    this.#memory.form = form;
    void this.#planning.forget();
    this.#tellSetup();
  }

  /** Takes the form that was left for another objective, or the one that it begins with. */
  setObjective(objective: ObjectiveName): void {
    const { form } = this;
    if (objective === form.objective) return;
    const { workspace, store } = this.#parts;
    this.#memory.leave(form);
    this.setForm(this.#memory.formOf(objective) ?? formFor(objective, workspace.folders(), store.runs));
  }

  async chooseData(): Promise<void> {
    const { form } = this;
    const chosen = await this.#parts.ui.chooseData(exampleFiles(form.objective));
    if (chosen !== undefined && this.form.objective === form.objective)
      this.setForm({ ...this.form, data: [...chosen] });
  }

  /** Throws `usage` where nothing may be trained now. */
  requireReady(): void {
    this.#runs.requireReady();
  }

  /** Begins to plan; the plan comes with the state. Throws `usage` where nothing may be trained now. */
  plan(): void {
    this.#runs.requireReady();
    this.#planning.start(requestOf(this.form, this.#parts.settings()));
  }

  cancelPlan(): Promise<void> {
    return this.#planning.forget();
  }

  /** Starts a run of the form; how it goes on shows in the state. Throws `usage` where nothing may be trained now. */
  start(): void {
    const { objective, data } = this.form;
    if (data.length === 0) {
      const hint = isLabelled(objective) ? 'choose a file of examples' : 'choose a folder';
      throw refusal('there is nothing to train on', hint);
    }
    this.#runs.start(this.form);
  }

  /** Goes on with a run from its last checkpoint. Throws `usage` where that can not be. */
  resume(path: string): Promise<void> {
    return this.#runs.resume(path);
  }

  control(action: Control): Promise<void> {
    return this.#runs.control(action);
  }

  /** Looks at a run. Throws `usage` if there is none. */
  async show(path: string): Promise<void> {
    this.#shown = this.#runs.live?.path === path ? undefined : await this.#load(path);
    this.#memory.shown = path;
    this.tellState();
  }

  /** Everything measured in a run. */
  series(path: string): Promise<Series> | Series {
    const { live } = this.#runs;
    return live?.path === path ? live.current.series : this.#parts.store.series(path);
  }

  async useForCompletion(path: string): Promise<void> {
    await this.#parts.model.choose(path);
  }

  openFolder(path: string): Promise<void> {
    return this.#parts.ui.openFolder(path);
  }

  /** Asks first, then moves the run to the trash. Throws `usage` for one that is being trained. */
  async remove(path: string): Promise<void> {
    if (!(await this.#runs.remove(path))) return;
    if (this.#shown?.summary.path === path) this.#shown = undefined;
    this.tellState();
  }

  /** Tells pages and trees how everything is now. */
  tellState(): void {
    this.#outbox.clear();
    this.#told = this.#stored;
    this.#pages.tell({ type: 'state', state: this.state });
    this.#change.fire(undefined);
  }

  dispose(): void {
    this.#runs.dispose();
    this.#outbox.clear();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  get #setup(): Setup {
    const { form } = this;
    const { store, workspace, settings, modelFolders: folders } = this.#parts;
    return {
      trusted: workspace.isTrusted,
      form,
      models: modelChoices(store.runs, form, folders()),
      providers: providerChoices(process.platform, settings().provider),
      ...this.#planning.state,
    };
  }

  get #current(): CurrentRun | undefined {
    const current = this.#shown ?? this.#runs.live?.current;
    return current === undefined ? undefined : { ...current, summary: this.#runs.withUse(current.summary) };
  }

  async #load(path: string): Promise<CurrentRun> {
    const { store } = this.#parts;
    if (store.find(path) === undefined) await store.refresh(); // new, or the runs are not read yet
    const run = store.find(path);
    if (run === undefined) throw refusal(`${path} holds no run`);
    const { known } = this.#runs;
    const problem = run.problem === undefined ? known.failures[path] : { message: run.problem };
    return { summary: summaryOf(run, known), notes: [], problem, series: await store.series(path) };
  }

  #onBegin(run: LiveRun): void {
    this.#shown = undefined;
    this.#memory.shown = run.path;
    this.tellState();
  }

  #onProgress(addition: Addition | undefined): void {
    const isPoint = addition !== undefined && 'point' in addition;
    if (addition !== undefined && !isPoint && this.#shown === undefined) {
      this.#outbox.flush();
      this.#pages.tell(eventOf(addition));
    }
    this.#outbox.add(isPoint ? addition.point : undefined);
  }

  #onEnd(run: LiveRun): void {
    this.#outbox.clear();
    this.#shown ??= run.current;
    this.tellState();
  }

  get #stored() {
    return { others: this.#runs.others, models: this.#setup.models };
  }

  /** The run under way tells of itself; its files are no news. */
  async #onStoreChange(): Promise<void> {
    const before = this.#told;
    const now = this.#stored;
    this.#told = now;
    const hasOthers = !isDeepStrictEqual(now.others, before.others);
    if (!isDeepStrictEqual(now.models, before.models)) this.#tellSetup();
    if (hasOthers && (await this.#readShown())) {
      this.tellState();
    } else if (hasOthers) {
      this.#pages.tell({ type: 'history', history: [...this.history] });
      this.#change.fire(undefined);
    }
  }

  /** Another process may train the run that is looked at: its line changes, and so do its curves. Tells whether they did. */
  async #readShown(): Promise<boolean> {
    const shown = this.#shown;
    const run = shown === undefined ? undefined : this.#parts.store.find(shown.summary.path);
    if (shown === undefined || run === undefined) return false;
    const hasGrown = run.step !== shown.summary.step;
    const series = hasGrown ? await this.#parts.store.series(run.path) : shown.series;
    const summary = summaryOf(run, this.#runs.known);
    if (this.#shown !== shown || isDeepStrictEqual(summary, shown.summary)) return false;
    this.#shown = { ...shown, summary, series };
    return true;
  }

  #tellProgress(points: readonly Point[]): void {
    const head = this.#runs.live?.head;
    if (head === undefined) return;
    if (this.#shown === undefined) {
      if (points.length > 0) this.#pages.tell({ type: 'points', points: [...points] });
      this.#pages.tell({ type: 'head', head: { ...head, summary: this.#runs.withUse(head.summary) } });
    } else {
      this.#pages.tell({ type: 'history', history: [...this.history] });
    }
    this.#change.fire(undefined);
  }

  #tellSetup(): void {
    this.#pages.tell({ type: 'setup', setup: this.#setup });
  }
}

function eventOf(addition: Exclude<Addition, { readonly point: Point }>): TrainingEvent {
  if ('sample' in addition) return { type: 'sample', ...addition };
  return 'report' in addition ? { type: 'report', ...addition } : { type: 'evaluation', ...addition };
}
