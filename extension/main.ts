/**
 * The extension's two ends. Activation only registers what VS Code may call at once; what that needs is a bundle of its
 * own (`window.ts`), loaded right after it, or by the first call. So nothing else of size is imported here.
 */
import * as vscode from 'vscode';
import { type CommandName, COMMANDS, PANELS } from './contributions.ts';
import { setContext } from './platform/context.ts';
import { isSupported } from './platform/supported.ts';
import type { ClozeWindow } from './window.ts';

let opened: Promise<ClozeWindow> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Cloze', { log: true });
  const window = (): Promise<ClozeWindow> => (opened ??= open(context, log));
  if (!isSupported()) setContext('cloze.unsupported', true);
  context.subscriptions.push(
    log,
    ...Object.entries(COMMANDS).map(([name, id]) =>
      vscode.commands.registerCommand(id, (argument?: unknown) =>
        told(log, async () => (await window()).commands[name as CommandName](argument)),
      ),
    ),
    ...Object.entries(PANELS).map(([name, type]) =>
      vscode.window.registerWebviewPanelSerializer(type, {
        deserializeWebviewPanel: async (panel, state) =>
          (await window()).panels[name as keyof typeof PANELS].deserializeWebviewPanel(panel, state),
      }),
    ),
  );
  if (isSupported()) setImmediate(() => void told(log, window));
}

export async function deactivate(): Promise<void> {
  await (await opened)?.end();
}

async function open(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<ClozeWindow> {
  if (!isSupported()) {
    throw new Error(vscode.l10n.t('Cloze does not run on {0}.', `${process.platform}-${process.arch}`));
  }
  const { openWindow } = await import('./window.ts');
  return openWindow(context, log);
}

/** Does something, and shows the user what goes wrong. */
async function told(log: vscode.LogOutputChannel, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { showError } = await import('./window.ts');
    void showError(log, error); // it waits for the user, and nobody should wait for that
  }
}
