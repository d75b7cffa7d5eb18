/** What commands read of the active editor. */
import * as vscode from 'vscode';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import type { Place } from './sentences.ts';

/** Around a word that is masked, in UTF-16 units to each side: more than any sentence has. */
const AROUND = 4096;

/** The active editor. Throws `usage` if there is none. */
export function activeEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (editor !== undefined) return editor;
  throw new RemoteError(vscode.l10n.t('no text is open'), {
    code: 'usage',
    hint: vscode.l10n.t('open one, and try again'),
  });
}

/** The selection, or the whole document where nothing is selected. Throws `usage` if there is nothing but blanks. */
export function selectedText({ document, selection }: vscode.TextEditor): string {
  const text = selection.isEmpty ? document.getText() : document.getText(selection);
  if (text.trim() !== '') return text;
  throw new RemoteError(vscode.l10n.t('there is no text to look at'), {
    code: 'usage',
    hint: vscode.l10n.t('select some'),
  });
}

/** The selection, or the word at the cursor. Throws `usage` if there is neither. */
export function selectedWord({ document, selection }: vscode.TextEditor): vscode.Range {
  if (!selection.isEmpty) return selection;
  const range = document.getWordRangeAtPosition(selection.active);
  if (range !== undefined) return range;
  throw new RemoteError(vscode.l10n.t('there is no word at the cursor'), {
    code: 'usage',
    hint: vscode.l10n.t('put the cursor into one, or select a part of the text'),
  });
}

/** A range with what stands around it. */
export function placeOf(document: vscode.TextDocument, range: vscode.Range): Place {
  const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  const read = (start: number, end: number): string =>
    document.getText(new vscode.Range(document.positionAt(start), document.positionAt(end)));
  return {
    before: read(Math.max(0, from - AROUND), from),
    part: read(from, to),
    after: read(to, to + AROUND),
  };
}
