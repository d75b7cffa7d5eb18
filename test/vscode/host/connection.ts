/** The outside end of the bridge: one socket a window, and a new connection each time its extension host starts. */
import { createServer, type Server, type Socket } from 'node:net';
import type * as vscode from 'vscode';
import {
  createMessageConnection,
  type MessageConnection,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import {
  evaluate,
  exit,
  outside,
  type OutsideMethods,
  runSuites,
  suiteResult,
  type SuiteResult,
} from '../bridge.ts';

type Handlers = {
  [M in keyof OutsideMethods]: (
    argument: Parameters<OutsideMethods[M]>[0],
  ) => Promise<ReturnType<OutsideMethods[M]>>;
};

export type Inside<A, R> = (api: typeof vscode, argument: A) => R;

export class HostConnection {
  readonly #server: Server;
  #current: MessageConnection | undefined;
  #waiting: (() => void)[] = [];

  constructor(socketPath: string, handlers: Handlers) {
    this.#server = createServer((socket) => this.#accept(socket, handlers)).listen(socketPath);
  }

  /** Resolves when an extension host is there. */
  async ready(): Promise<void> {
    if (this.#current === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when the extension host that is there now has gone. */
  async gone(): Promise<void> {
    const current = this.#current;
    if (current !== undefined) await new Promise<void>((resolve) => current.onClose(() => resolve()));
  }

  /**
   * Calls a function in the extension host. It is sent as source text: it sees `vscode`, its argument and globals only.
   * Argument and result must be JSON values.
   */
  async evaluate<A, R>(body: Inside<A, R>, argument: A): Promise<Awaited<R>> {
    const result = await this.#connection().sendRequest(evaluate, { source: body.toString(), argument });
    return result as Awaited<R>;
  }

  /** Runs the mocha suites inside, and tells of each test as it ends. */
  async runSuites(grep: string | null, onResult: (result: SuiteResult) => void): Promise<void> {
    const connection = this.#connection();
    const listening = connection.onNotification(suiteResult, onResult);
    await connection.sendRequest(runSuites, { grep });
    listening.dispose();
  }

  /** Lets the extension host end its test run. */
  close(): void {
    if (this.#current !== undefined) void this.#current.sendNotification(exit).catch(() => undefined);
    this.#server.close();
  }

  #accept(socket: Socket, handlers: Handlers): void {
    const connection = createMessageConnection(
      new SocketMessageReader(socket),
      new SocketMessageWriter(socket),
    );
    connection.onRequest(outside, ({ method, argument }) => handlers[method](argument));
    connection.onClose(() => {
      if (this.#current === connection) this.#current = undefined;
    });
    connection.listen();
    this.#current = connection;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #connection(): MessageConnection {
    if (this.#current === undefined) throw new Error('no extension host is connected to this test');
    return this.#current;
  }
}
