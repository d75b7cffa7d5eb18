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
  /** The user has had the process started again: what its end has ended can be taken up. */
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

  /** Ends the process and starts it at once, if it was ever needed. A run under way saves a checkpoint first. */
  async restart(): Promise<void> {
    if (this.#supervisor.state !== 'off') await this.#restart();
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

  async #restart(): Promise<void> {
    await this.#supervisor.restart();
    this.#userRestart.fire();
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
      // what was needed meanwhile may have started it already, and that work is not to be ended
      if (this.#supervisor.state === 'ready') this.#userRestart.fire();
      else await this.#restart();
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
