import type { MessageConnection } from 'vscode-jsonrpc/node';
import { outside, type OutsideMethods } from '../bridge.ts';

let connection: MessageConnection | undefined;

/** Whether a browser drives this window; without one, a suite that needs it skips itself. */
export function isDriven(): boolean {
  return connection !== undefined;
}

export function connectOutside(to: MessageConnection): void {
  connection = to;
}

/** Asks the process that drives the browser for what only it can do: `await ask('press', 'Tab')`. */
export async function ask<M extends keyof OutsideMethods>(
  method: M,
  argument: Parameters<OutsideMethods[M]>[0],
): Promise<ReturnType<OutsideMethods[M]>> {
  if (connection === undefined) throw new Error(`"${method}" needs a browser that drives this window`);
  return (await connection.sendRequest(outside, { method, argument })) as ReturnType<OutsideMethods[M]>;
}
