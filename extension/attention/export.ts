/** Files that the user saves from an attention page. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';

/** Names a file for what is to be saved; undefined where the user gives up. */
export type ChooseFile = (name: string, kind: string, extension: string) => Promise<vscode.Uri | undefined>;

export async function chooseFile(
  name: string,
  kind: string,
  extension: string,
): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = `${name}.${extension}`;
  const defaultUri = folder === undefined ? undefined : vscode.Uri.joinPath(folder, file);
  return vscode.window.showSaveDialog({
    ...(defaultUri === undefined ? {} : { defaultUri }),
    filters: { [kind]: [extension] },
  });
}

/** Writes a file, whole or not at all. Pieces are written as they come where the file is on a disk. */
export async function saveFile(uri: vscode.Uri, pieces: Iterable<string> | Uint8Array): Promise<void> {
  if (uri.scheme !== 'file') {
    const bytes = pieces instanceof Uint8Array ? pieces : Buffer.from([...pieces].join(''));
    await vscode.workspace.fs.writeFile(uri, bytes);
    return;
  }
  const temporary = join(dirname(uri.fsPath), `.cloze-${process.pid}-${Date.now()}`);
  try {
    await writeFile(temporary, pieces, { flush: true });
    await rename(temporary, uri.fsPath);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
