import { constants } from 'node:os';
import * as vscode from 'vscode';
import type { WorkerRole } from '../../worker/protocol/methods.ts';
import { readSetting } from '../platform/settings.ts';
import { type Crash, WorkerSupervisor, type WorkerState } from './supervisor.ts';
import type { CallWorker } from './worker-process.ts';

/** How long a start may take, in ms: ONNX Runtime from a cold disk takes seconds. */
const HANDSHAKE = 30_000;

export interface WorkerHostOptions {
  readonly extensionUri: vscode.Uri;
  readonly role: WorkerRole;
  /** "Cloze Worker", for both roles. */
  readonly log: vscode.LogOutputChannel;
}

/** The worker process of one role, as the whole window shares it. */
export class WorkerHost implements vscode.Disposable {
  readonly #role: WorkerRole;
  readonly #log: vscode.LogOutputChannel;
  readonly #supervisor: WorkerSupervisor;
  readonly #stateChange = new vscode.EventEmitter<WorkerState>();
  readonly #userRestart = new vscode.EventEmitter<void>();
  readonly onDidChangeState = this.#stateChange.event;
  /** After a crash the user has chosen to restart, and the process is there: what the crash ended can be taken up. */
  readonly onDidRestart = this.#userRestart.event;

  constructor({ extensionUri, role, log }: WorkerHostOptions) {
    this.#role = role;
    this.#log = log;
    const script = vscode.Uri.joinPath(extensionUri, 'dist', 'worker.js').fsPath;
    const onLine = (line: string): void => log.info(`[${role}] ${line}`);
    this.#supervisor = new WorkerSupervisor({
      worker: () => ({ script, role, priority: priorityOf(role), handshake: HANDSHAKE, onLine }),
      restarts: () => readSetting('worker.restarts'),
      onState: (state) => {
        log.info(`[${role}] is ${state}`);
        this.#stateChange.fire(state);
      },
      onCrash: (crash) => void this.#tell(crash),
    });
  }

  /**
   * Calls a method of the worker, which is started if it is not there. Throws WorkerGone (code 'worker') where there is
   * no answer because the process ended, and what the worker throws.
   */
  get call(): CallWorker {
    return this.#supervisor.call;
  }

  get state(): WorkerState {
    return this.#supervisor.state;
  }

  get pid(): number | undefined {
    return this.#supervisor.pid;
  }

  /** Ends the process, if there is one, and starts it at once. A run under way saves a checkpoint first. */
  restart(): Promise<void> {
    return this.#supervisor.restart();
  }

  /** Ends the process for good; resolves when it is gone. */
  async end(): Promise<void> {
    await this.#supervisor.dispose();
    this.#stateChange.dispose();
    this.#userRestart.dispose();
  }

  dispose(): void {
    void this.end();
  }

  async #tell({ message, willRestart }: Crash): Promise<void> {
    this.#log.error(`[${this.#role}] ${message}`);
    const restart = vscode.l10n.t('Restart');
    const showLog = vscode.l10n.t('Show Log');
    const text = willRestart
      ? vscode.l10n.t('Cloze: {0}. It starts again when it is needed.', message)
      : vscode.l10n.t('Cloze: {0}. It has died too often to start again by itself.', message);
    const choice = await vscode.window.showErrorMessage(text, restart, showLog);
    if (choice === showLog) this.#log.show();
    if (choice !== restart) return;
    try {
      await this.restart();
      this.#userRestart.fire();
    } catch (error) {
      this.#log.error(`[${this.#role}] ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Training gives way to all else, unless the user wants it otherwise; someone waits for a completion. */
function priorityOf(role: WorkerRole): number {
  const gives = role === 'trainer' && readSetting('training.priority') === 'low';
  return gives ? constants.priority.PRIORITY_LOW : constants.priority.PRIORITY_NORMAL;
}
