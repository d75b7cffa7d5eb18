import type { RunSummary } from '../../webview/protocol/training.ts';
import type { Disposable } from '../platform/disposable.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import type { FormSettings, ModelFolder } from './form.ts';
import type { RunStore } from './run-store.ts';
import type { Memento, Problem } from './session-memory.ts';

type Event<T> = (listener: (value: T) => void) => Disposable;

export interface SessionSettings extends FormSettings {
  /** Whether a run whose worker died goes on by itself, once for each checkpoint. */
  readonly resumeAfterCrash: boolean;
}

/** How a run ended, for the user. */
export interface RunEnd {
  readonly run: RunSummary;
  readonly problem: Problem | undefined;
  /** Whether completion uses it from now on, as it used none before. */
  readonly isChosen: boolean;
}

/** What a session asks of the editor. */
export interface SessionUi {
  /** What to train on, if the user chose some: files that end so, or, of no ends, files and folders of text. */
  chooseData(ends: readonly string[]): Promise<readonly string[] | undefined>;
  /** Whether a run goes on that was under way when the window closed. */
  offerResume(run: RunSummary): Promise<boolean>;
  tellEnd(end: RunEnd): void;
  /** What went wrong with something that nobody waits for. */
  tellProblem(error: unknown): void;
  confirmRemove(run: RunSummary): Promise<boolean>;
  /** Moves a folder to the trash. */
  remove(path: string): Promise<void>;
  openFolder(path: string): Promise<void>;
}

/** What a session is made of; all of it can be played in tests. */
export interface SessionParts {
  readonly call: CallWorker;
  /** The user has had the worker started again after a crash. */
  readonly onDidRestart: Event<unknown>;
  readonly store: RunStore;
  readonly memento: Memento;
  /** Models that the user has added, to begin with. */
  readonly modelFolders: () => readonly ModelFolder[];
  /** The model that completion uses. */
  readonly model: {
    readonly path: string | undefined;
    /** Whether a setting names it, which is the user's own word. */
    readonly isSet: boolean;
    choose(path: string | undefined): PromiseLike<void>;
    readonly onDidChange: Event<unknown>;
  };
  readonly workspace: { readonly isTrusted: boolean; folders(): readonly string[] };
  readonly settings: () => SessionSettings;
  readonly ui: SessionUi;
}
