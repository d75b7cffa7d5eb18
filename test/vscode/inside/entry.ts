/** The test entry of the extension host, that VS Code calls as its `extensionTestsPath`. */
import { createConnection } from 'node:net';
import { runInThisContext } from 'node:vm';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import * as vscode from 'vscode';
import { evaluate, exit, runSuites, suiteResult } from '../bridge.ts';
import { runMocha } from './mocha.ts';
import { connectOutside } from './outside.ts';

/** Does what the outside asks, until it says `exit` or goes away. `load` defines the mocha suites. */
export async function serve(socketPath: string, load: () => Promise<void>): Promise<void> {
  const socket = createConnection(socketPath);
  const connection = createMessageConnection(
    new SocketMessageReader(socket),
    new SocketMessageWriter(socket),
  );
  connection.onRequest(evaluate, ({ source, argument }) => withStack(() => call(source, argument)));
  connection.onRequest(runSuites, ({ grep }) =>
    withStack(() => runMocha(load, grep, (result) => void connection.sendNotification(suiteResult, result))),
  );
  const ended = new Promise<void>((resolve) => {
    connection.onNotification(exit, resolve);
    connection.onClose(resolve);
  });
  connectOutside(connection);
  connection.listen();
  await ended;
}

/** Runs the suites at once, for a desktop VS Code that nobody drives from outside. Throws if one fails. */
export async function runAlone(load: () => Promise<void>): Promise<void> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  await runMocha(load, null, ({ path, state, error }) => {
    counts[state]++;
    process.stdout.write(`${state}  ${path.join(' > ')}\n${error === undefined ? '' : `${error}\n`}`);
  });
  process.stdout.write(
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} need a browser\n`,
  );
  if (counts.failed > 0) throw new Error(`${counts.failed} tests failed`);
}

/** Calls a function that came as source text. `__name` is what esbuild wraps inner functions in. */
function call(source: string, argument: unknown): unknown {
  const make = runInThisContext(`(__name) => (${source})`) as (
    name: (body: unknown) => unknown,
  ) => (api: typeof vscode, argument: unknown) => unknown;
  return make((body) => body)(vscode, argument);
}

/** JSON-RPC carries the message of an error only; a test wants to see where it came from. */
async function withStack<T>(body: () => T): Promise<Awaited<T>> {
  try {
    return await body();
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new ResponseError(ErrorCodes.InternalError, text);
  }
}
