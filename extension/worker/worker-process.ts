import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import { ipcPort } from '../../worker/protocol/ipc.ts';
import {
  PROTOCOL_VERSION,
  WORKER_METHODS,
  type WorkerMethods,
  type WorkerRole,
} from '../../worker/protocol/methods.ts';
import { portEnds } from '../../worker/protocol/port.ts';
import {
  type CallOptions,
  Client,
  type EventOf,
  type ParamsOf,
  type ResultOf,
} from '../../worker/protocol/rpc.ts';
import { WorkerGone } from './worker-gone.ts';

/** A call of one of the worker's methods. */
export type CallWorker = <Name extends keyof WorkerMethods>(
  name: Name,
  params: ParamsOf<WorkerMethods[Name]>,
  options?: CallOptions<EventOf<WorkerMethods[Name]>>,
) => Promise<ResultOf<WorkerMethods[Name]>>;

export interface WorkerOptions {
  /** The bundled worker, dist/worker.js. */
  readonly script: string;
  /** Seen in lists of processes. */
  readonly role: WorkerRole;
  /** A nice value: how far it gives way to other processes. */
  readonly priority: number;
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** How long it may take to say hello, in ms. */
  readonly handshake: number;
  /** Takes what it prints. */
  readonly onLine: (line: string) => void;
}

export interface Ending {
  /** Such as "the trainer process ended with SIGKILL". */
  readonly message: string;
  /** Whether it was asked to end. */
  readonly isWanted: boolean;
}

/** One worker process and the connection to it, from fork to exit. */
export class WorkerProcess {
  /** Rejects if it does not start, is of another version or says no hello in time; then it is killed. */
  readonly ready: Promise<void>;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #role: WorkerRole;
  readonly #connection: MessageConnection;
  readonly #client: Client<WorkerMethods>;
  #gone: WorkerGone | undefined;
  #isWanted = false;
  #lastHeard = performance.now();

  constructor({ script, role, priority, env, handshake, onLine }: WorkerOptions) {
    this.#role = role;
    this.#child = fork(script, [role], {
      execArgv: [], // those of the extension host are not for a plain Node
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) readLines(stream, onLine);
    this.#child.on('message', () => (this.#lastHeard = performance.now()));
    const malformed = (): void => onLine('sent something that is no message');
    const { reader, writer } = portEnds(ipcPort(this.#child), malformed);
    this.#connection = createMessageConnection(reader, writer, {
      error: onLine,
      warn: onLine,
      info: onLine,
      log: onLine,
    });
    this.#client = new Client(this.#connection, WORKER_METHODS);
    this.#connection.listen();
    this.ended = this.#end();
    this.ready = this.#greet(priority, handshake);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** When it last sent anything, in ms as performance.now() has them. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** Throws {@link WorkerGone} if the process ends before the answer, and what the worker throws. */
  readonly call: CallWorker = async (name, params, options) => {
    try {
      return await this.#client.call(name, params, options);
    } catch (error) {
      throw this.#gone ?? error;
    }
  };

  /** Whether it answers within so many ms. */
  async answers(within: number): Promise<boolean> {
    const wait = new AbortController();
    const late = sleep(within, false, { signal: wait.signal });
    const answered = (): boolean => true; // a refusal is an answer too
    const answer = this.call('ping', {}).then(answered, answered);
    try {
      return await Promise.race([answer, late]);
    } finally {
      wait.abort();
      late.catch(() => undefined);
    }
  }

  /**
   * Lets go of the channel, upon which the worker ends by itself: a run saves a checkpoint first. Kills it after
   * `grace` ms. Calls under way reject at once.
   */
  async end(grace: number): Promise<void> {
    this.#isWanted = true;
    this.#leave('was asked to end');
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), grace);
    try {
      await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it at once; `how` says in the ending what it did: "hangs", for example. */
  kill(how: string): void {
    this.#leave(how);
    this.#child.kill('SIGKILL');
  }

  async #greet(priority: number, handshake: number): Promise<void> {
    const late = setTimeout(() => this.kill(`did not say hello within ${handshake / 1000} s`), handshake);
    try {
      await this.call('hello', { protocol: PROTOCOL_VERSION, priority });
    } catch (error) {
      this.kill(`did not say hello: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  #end(): Promise<Ending> {
    return new Promise((resolve) => {
      const end = (how: string): void => {
        const { message } = this.#leave(how);
        resolve({ message, isWanted: this.#isWanted });
      };
      this.#child.once('exit', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
      this.#child.on('error', ({ message }) => {
        // where there is a process, the error is of a message or a signal that came too late
        if (this.#child.pid === undefined) end(`could not be started: ${message}`);
      });
    });
  }

  /** Rejects what is under way, and what is still to be called. The first reason stays. */
  #leave(how: string): WorkerGone {
    if (this.#gone === undefined) {
      this.#gone = new WorkerGone(`the ${this.#role} process ${how}`);
      this.#connection.dispose();
    }
    return this.#gone;
  }
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}
