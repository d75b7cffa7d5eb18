/** What the user does in the editors, told to those who learn from it. */
import * as vscode from 'vscode';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { documentAt, linesOf } from './document.ts';
import type { Edit } from './edits.ts';
import { type Neighbours, pieceAround } from './neighbours.ts';

export interface Watchers {
  readonly neighbours: Neighbours;
  readonly onEdit: (uri: string, edit: Edit) => void;
  /** Something was typed, and not undone, in the active editor. */
  readonly onKey: (uri: string) => void;
  /** The cursor has come to another document, or to another part of one. */
  readonly onArrival: (editor: vscode.TextEditor) => void;
}

/** Lines that a cursor must move by to be somewhere else. */
const JUMP = 32;

export function watchEditors({ neighbours, onEdit, onKey, onArrival }: Watchers): Disposable {
  const held = new Disposables();
  /** Where the cursor of the active editor was last. */
  let last: { readonly uri: string; readonly line: number } | undefined;

  const learn = (document: vscode.TextDocument, line: number): void => {
    const { uri, languageId } = document;
    const text = ['file', 'untitled'].includes(uri.scheme) ? pieceAround(linesOf(document), line) : undefined;
    if (text === undefined) return;
    const path = vscode.workspace.asRelativePath(uri);
    neighbours.add({ uri: uri.toString(), path, languageId, text });
  };

  const arrive = (editor: vscode.TextEditor): void => {
    const left = last === undefined ? undefined : documentAt(last.uri);
    if (left !== undefined) learn(left, last!.line);
    last = { uri: editor.document.uri.toString(), line: editor.selection.active.line };
    onArrival(editor);
  };

  held.add(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges, reason }) => {
      const uri = document.uri.toString();
      for (const { rangeOffset, rangeLength, text } of contentChanges) {
        onEdit(uri, { offset: rangeOffset, length: rangeLength, text });
      }
      const isTyped = contentChanges.length === 1 && reason === undefined;
      if (isTyped && document === vscode.window.activeTextEditor?.document) onKey(uri);
    }),
  );
  held.add(
    vscode.workspace.onDidSaveTextDocument((document) => {
      const uri = document.uri.toString();
      learn(document, last?.uri === uri ? last.line : 0);
    }),
  );
  held.add(
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor !== undefined) arrive(editor);
    }),
  );
  held.add(
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (textEditor !== vscode.window.activeTextEditor) return;
      const { line } = textEditor.selection.active;
      const uri = textEditor.document.uri.toString();
      if (last?.uri !== uri || Math.abs(last.line - line) > JUMP) arrive(textEditor);
      else last = { uri, line };
    }),
  );
  held.add(
    vscode.workspace.onDidDeleteFiles(({ files }) => {
      for (const file of files) neighbours.forget(file.toString());
    }),
  );
  held.add(
    vscode.workspace.onDidRenameFiles(({ files }) => {
      for (const { oldUri } of files) neighbours.forget(oldUri.toString());
    }),
  );
  return held;
}
