/** Inline completion: the provider, what it needs, and the commands around it. */
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { ModelDescription } from '../../worker/protocol/generation.ts';
import { Disposables } from '../platform/disposable.ts';
import { describe } from '../platform/errors.ts';
import type { Reports } from '../platform/reports.ts';
import { readSetting, writeSetting } from '../platform/settings.ts';
import type { WorkerHost } from '../worker/worker-host.ts';
import { systemClock } from './clock.ts';
import { Decisions, decisionsText } from './decisions.ts';
import { documentAt, SettingsOf } from './document.ts';
import { type Edit, tellEdit } from './edits.ts';
import { generateAtCursor } from './generate-at-cursor.ts';
import type { Ghost } from './ghost-text.ts';
import { ModelSession } from './model-session.ts';
import { Neighbours } from './neighbours.ts';
import { onceEach } from './problem-log.ts';
import { ACCEPTED_COMMAND, CompletionProvider } from './provider.ts';
import { weightsSetting } from './weights.ts';
import { REASONS } from './reasons.ts';
import { Retention } from './retention.ts';
import { Statistics } from './statistics.ts';
import { KeptStatistics } from './statistics-store.ts';
import { Suggester } from './suggester.ts';
import { isUntrusted } from '../platform/trust.ts';
import { watchEditors } from './watch.ts';

/** Which model completes. */
export interface ModelChoice {
  /** A model or run folder; undefined: none is chosen. */
  readonly path: string | undefined;
  /** Also fires when the files of the chosen one have changed. */
  readonly onDidChange: vscode.Event<unknown>;
}

/** A model and its adapters. */
export interface Family {
  readonly base: { readonly name: string };
  /** Whether the model is one of the adapters. */
  readonly isAdapter: boolean;
  readonly adapters: readonly { readonly path: string }[];
}

export interface CompletionStatus {
  readonly enabled: boolean;
  /** Folder of the chosen model. */
  readonly model: string | undefined;
  /** Name of the model that it is an adapter of. */
  readonly base: string | undefined;
  /** What the worker says of it, once it is open. */
  readonly description: ModelDescription | undefined;
  /** 'off': no model is chosen, or none was needed yet. */
  readonly state: 'off' | 'loading' | 'ready' | 'busy' | 'failed';
  /** From the last key to its suggestion, in whole ms. */
  readonly lastLatencyMs: number | undefined;
  /** Why the state is 'failed'. */
  readonly problem: string | undefined;
}

export interface CompletionControllerOptions {
  readonly context: vscode.ExtensionContext;
  /** The completer. */
  readonly worker: WorkerHost;
  readonly models: ModelChoice;
  readonly familyOf: (model: string) => Family;
  /** Where texts are shown. */
  readonly reports: Reports;
  readonly log: vscode.LogOutputChannel;
}

export class CompletionController implements vscode.Disposable {
  readonly #options: CompletionControllerOptions;
  readonly #held = new Disposables();
  readonly #statusChange = this.#held.add(new vscode.EventEmitter<CompletionStatus>());
  readonly onDidChangeStatus = this.#statusChange.event;
  readonly #settings = this.#held.add(new SettingsOf());
  readonly #decisions = new Decisions(systemClock);
  readonly #neighbours = new Neighbours();
  readonly #statistics: Statistics;
  readonly #retention: Retention;
  readonly #session: ModelSession;
  readonly #suggester: Suggester;
  readonly #provider: CompletionProvider;
  readonly #warn = onceEach((error) => this.#options.log.warn(`[completion] ${describe(error)}`));
  #description: ModelDescription | undefined;
  /** Of the chosen model, where it is an adapter. */
  #base: string | undefined;
  /** What the model's weights are to be held in. */
  #weights = weightsSetting();
  #lastEdit: { readonly uri: string; readonly at: number } | undefined;
  #lastLatencyMs: number | undefined;
  #told: CompletionStatus | undefined;
  #isBusy = false;
  #isGenerating = false;

  constructor(options: CompletionControllerOptions) {
    const { context, worker, models } = options;
    this.#options = options;
    this.#statistics = new Statistics(this.#held.add(new KeptStatistics(context.globalState)), Date.now());
    this.#retention = this.#held.add(
      new Retention({
        clock: systemClock,
        read: (uri, { from, to }) => {
          const document = documentAt(uri);
          return document?.getText(new vscode.Range(document.positionAt(from), document.positionAt(to)));
        },
        onLook: (after, kept) => this.#count((statistics) => statistics.lookedAt(after, kept)),
      }),
    );
    this.#session = new ModelSession({
      clock: systemClock,
      open: (model, signal) => this.#open(model, signal),
      onChange: () => this.#tell(),
    });
    this.#suggester = this.#held.add(
      new Suggester({
        clock: systemClock,
        ready: (insist) => this.#session.ready(insist),
        complete: (request, signal) => worker.call('complete', request, { signal }),
        ghost: {
          onEnd: ({ since }, taken) =>
            this.#count((statistics) => statistics.gone(systemClock.now() - since, taken)),
          onPart: (ghost, part) => this.#taken(ghost, part, false),
        },
        onSuggestion: (from, ms) => {
          this.#lastLatencyMs = Math.round(ms);
          this.#count((statistics) => statistics.came(from, ms));
          this.#tell();
        },
        onProblem: this.#warn,
        onBusy: (busy) => {
          this.#isBusy = busy;
          this.#tell();
        },
      }),
    );
    this.#provider = new CompletionProvider({
      clock: systemClock,
      suggester: this.#suggester,
      decisions: this.#decisions,
      neighbours: this.#neighbours,
      settings: this.#settings,
      model: () => models.path,
      isGenerating: () => this.#isGenerating,
      editedAt: (uri) => (this.#lastEdit?.uri === uri ? this.#lastEdit.at : undefined),
    });
    this.#listen();
    this.#take(models.path);
  }

  get status(): CompletionStatus {
    const { state, problem, folder } = this.#session;
    return {
      enabled: this.#settings.window.enabled,
      model: folder,
      base: this.#base,
      description: state === 'ready' ? this.#description : undefined,
      state: state === 'ready' && this.#isBusy ? 'busy' : state,
      lastLatencyMs: this.#lastLatencyMs,
      problem: problem === undefined ? undefined : describe(problem),
    };
  }

  /** Switches completion on or off, in the settings. */
  async toggle(): Promise<void> {
    const enabled = !readSetting('completion.enabled');
    await writeSetting('completion.enabled', enabled);
    const message = enabled
      ? vscode.l10n.t('Cloze completes code.')
      : vscode.l10n.t('Cloze completes no code.');
    vscode.window.setStatusBarMessage(message, 3000);
  }

  /** Opens the model again that completes, where another has taken its place in the worker meanwhile. */
  reopen(): void {
    if (this.#session.state === 'off') return;
    this.#session.close();
    this.#session.ready().catch(this.#warn);
  }

  /** Shows what became of the last requests, and why. */
  async whyNoCompletion(): Promise<void> {
    const { enabled, model = 'none', state, problem } = this.status;
    const head = [
      `Completion  ${enabled ? 'on' : 'off'}`,
      `Model       ${model}`,
      `State       ${problem ?? state}`,
    ];
    await this.#options.reports.show(
      'Why No Completion',
      `${head.join('\n')}\n\n${decisionsText(this.#decisions.all())}`,
    );
  }

  async showStatistics(): Promise<void> {
    await this.#options.reports.show('Completion Statistics', this.#statistics.text());
  }

  /** Lets the model write at the cursor of the active editor. Throws what keeps it from that. */
  async generateAtCursor(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || this.#isGenerating) return;
    const model = this.#session.folder;
    if (model === undefined) throw new Error(REASONS.noModel);
    this.#suggester.forget();
    this.#isGenerating = true;
    try {
      await this.#session.ready(true);
      await generateAtCursor(editor, model, (request, onText, signal) =>
        this.#options.worker.call('generate', request, {
          signal,
          onEvent: (event) => {
            if ('type' in event && event.type === 'text') onText(event.text);
          },
        }),
      );
    } finally {
      this.#isGenerating = false;
    }
  }

  dispose(): void {
    this.#session.close();
    this.#held.dispose();
  }

  #listen(): void {
    const { worker, models } = this.#options;
    this.#held.add(vscode.languages.registerInlineCompletionItemProvider({ pattern: '**' }, this.#provider));
    this.#held.add(vscode.commands.registerCommand(ACCEPTED_COMMAND, (id: unknown) => this.#accepted(id)));
    this.#held.add(models.onDidChange(() => this.#choose()));
    this.#held.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#choose()));
    this.#held.add(
      worker.onDidChangeState((state) => {
        if (state === 'off' || state === 'failed') this.#session.lost();
        if (state === 'ready') this.#session.found();
      }),
    );
    this.#held.add(
      this.#settings.onDidChange(() => {
        this.#suggester.forget();
        if (weightsSetting() !== this.#weights) this.reopen();
        this.#weights = weightsSetting();
        this.#tell();
      }),
    );
    this.#held.add(
      watchEditors({
        neighbours: this.#neighbours,
        onEdit: (uri, edit) => this.#edited(uri, edit),
        onKey: () => this.#suggester.key(),
        onArrival: (editor) => this.#warm(editor),
      }),
    );
  }

  /** The one way to a model's files: throws for those of a stranger. */
  async #open(model: string, signal: AbortSignal): Promise<void> {
    if (isUntrusted(model)) throw new Error(REASONS.untrusted);
    const beside = this.#options.familyOf(model).adapters.map(({ path }) => path);
    const request = { model, beside, weights: weightsSetting() };
    this.#description = await this.#options.worker.call('open', request, { signal });
  }

  /** A model that nobody asked for anew, such as the next checkpoint of a run, is left to the first need. */
  #choose(): void {
    const { models } = this.#options;
    this.#suggester.forget();
    const isNeededSoon = this.#take(models.path);
    this.#tell();
    if (!isNeededSoon || !this.#settings.window.enabled) return;
    this.#session.ready().catch(this.#warn);
  }

  #take(model: string | undefined): boolean {
    const family = model === undefined ? undefined : this.#options.familyOf(model);
    this.#base = family?.isAdapter === true ? family.base.name : undefined;
    return this.#session.choose(model);
  }

  #edited(uri: string, edit: Edit): void {
    const active = vscode.window.activeTextEditor?.document.uri.toString();
    if (uri === active) this.#lastEdit = { uri, at: systemClock.now() }; // others change beside the user's typing
    tellEdit(uri, edit, this.#retention, this.#suggester);
  }

  #accepted(id: unknown): void {
    const ghost = typeof id === 'number' ? this.#suggester.accepted(id) : undefined;
    if (ghost !== undefined) this.#taken(ghost, ghost.text, true);
  }

  #taken({ uri, offset }: Ghost, text: string, whole: boolean): void {
    this.#count((statistics) => {
      if (whole) statistics.accepted(text);
      else statistics.acceptedPart(text);
      this.#retention.track(uri, offset, text);
    });
  }

  #warm({ document, selection }: vscode.TextEditor): void {
    if (this.#session.state !== 'ready') return;
    const ask = this.#provider.ask(document, selection.active, true);
    if (typeof ask !== 'string' && ask.prefetch) this.#suggester.warm(ask);
  }

  #count(count: (statistics: Statistics) => void): void {
    if (this.#settings.window.statistics) count(this.#statistics);
  }

  #tell(): void {
    const { status } = this;
    if (isDeepStrictEqual(status, this.#told)) return;
    this.#told = status;
    this.#statusChange.fire(status);
  }
}
