import * as vscode from 'vscode';
import { RemoteError } from '../../worker/protocol/rpc.ts';

/** Whether a model came with a workspace that the user does not trust: then its files are not to be read. */
export function isUntrusted(folder: string): boolean {
  if (vscode.workspace.isTrusted) return false;
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
}

/** The folder of a model that may be read. Throws `usage` for one in a workspace that is not trusted. */
export function requireTrusted(folder: string): string {
  if (!isUntrusted(folder)) return folder;
  throw new RemoteError(vscode.l10n.t('the model lies in a workspace that is not trusted'), {
    code: 'usage',
    hint: vscode.l10n.t('trust the workspace first'),
  });
}
