import * as vscode from 'vscode';

/** Whether a model came with a workspace that the user does not trust: then its files are not to be read. */
export function isUntrusted(folder: string): boolean {
  if (vscode.workspace.isTrusted) return false;
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
}
