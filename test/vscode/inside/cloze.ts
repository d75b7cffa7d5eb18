import * as vscode from 'vscode';

/** The extension under test, from the repository or as it was installed. */
export function cloze(): vscode.Extension<unknown> {
  const extension = vscode.extensions.getExtension('cloze.cloze');
  if (extension === undefined) throw new Error('VS Code does not know the extension cloze.cloze');
  return extension;
}
