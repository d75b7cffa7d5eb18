import { basename } from 'node:path';
import * as vscode from 'vscode';
import { Disposables } from '../platform/disposable.ts';
import type { Place } from './session.ts';

/** Text around the cursor that is worth showing a model, in UTF-16 units: far more than any here sees at once. */
const MOST_PROMPT = 8192;

/** The cursor of an editor, and the text around it. */
export function placeIn({ document, selection }: vscode.TextEditor): Place {
  const text = document.getText();
  const at = document.offsetAt(selection.active);
  return {
    document: basename(document.uri.path),
    prompt: text.slice(Math.max(0, at - MOST_PROMPT), at),
    text: selection.isEmpty ? text.slice(0, MOST_PROMPT) : document.getText(selection).slice(0, MOST_PROMPT),
  };
}

/** The editor that was active last: a page that the user clicks on takes the focus from it. */
export class LastEditor implements vscode.Disposable {
  readonly #owned = new Disposables();
  #editor = vscode.window.activeTextEditor;

  constructor() {
    this.#owned.add(
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor !== undefined) this.#editor = editor;
      }),
    );
  }

  get place(): Place | undefined {
    const editor = this.#editor;
    return editor === undefined || editor.document.isClosed ? undefined : placeIn(editor);
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
