import { basename } from 'node:path';
import * as vscode from 'vscode';
import { paragraphAt } from './paragraph.ts';

/** Text that is read of a document where neither a selection nor a paragraph says which: more than any model sees. */
const BEGINNING = 1 << 14;

/** What is looked at of a document: the selection, or else the paragraph around it, or else the beginning. */
export function shownText(document: vscode.TextDocument, selection: vscode.Selection | undefined): string {
  if (selection?.isEmpty === false) return document.getText(selection);
  const lines = {
    count: document.lineCount,
    isBlank: (line: number) => document.lineAt(line).isEmptyOrWhitespace,
  };
  const paragraph = selection === undefined ? undefined : paragraphAt(lines, selection.active.line);
  if (paragraph === undefined) return document.getText().slice(0, BEGINNING);
  const end = document.lineAt(paragraph.last).range.end;
  return document.getText(new vscode.Range(new vscode.Position(paragraph.first, 0), end));
}

/** As its tab has it. */
export function documentName({ uri }: vscode.TextDocument): string {
  return basename(uri.path);
}
