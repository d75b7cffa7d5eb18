import { homedir } from 'node:os';
import { resolve } from 'node:path';
import * as vscode from 'vscode';

/** A folder as a setting names it: `~` and relative paths begin at the user's home. */
export function settingFolder(named: string): string {
  return resolve(homedir(), named.replace(/^~(?=[\\/]|$)[\\/]?/, ''));
}

/** The workspace's folders that lie on a disk, absolute. */
export function workspaceFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}
