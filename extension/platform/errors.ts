/** What goes wrong, told to the user: once, in plain words, with a way out. */
import * as vscode from 'vscode';
import { hasCode, RemoteError } from '../../worker/protocol/rpc.ts';

/** An action's label, and what it does. */
export type WayOut = readonly [label: string, act: () => unknown];

/** A message and its hint, as one sentence after another. */
export function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  const hint = error instanceof RemoteError ? error.hint : undefined;
  return hint === undefined ? text : `${text}. ${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`;
}

/** Shows an error that the user's own action met; a cancelled action shows none. */
export async function showError(
  log: vscode.LogOutputChannel,
  error: unknown,
  ...ways: WayOut[]
): Promise<void> {
  if (hasCode(error, 'cancelled')) return;
  log.error(error instanceof Error ? error : String(error));
  const all: readonly WayOut[] = [...ways, [vscode.l10n.t('Show Log'), () => log.show()]];
  const choice = await vscode.window.showErrorMessage(describe(error), ...all.map(([label]) => label));
  await all.find(([label]) => label === choice)?.[1]();
}
