/** Text from the model, written into an editor as it comes. */
import * as vscode from 'vscode';
import type { GenerateRequest } from '../../worker/protocol/generation.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import { snapshotOf } from './document.ts';

/** Sends a request and tells of each piece of text. */
export type Generate = (
  request: GenerateRequest,
  onText: (text: string) => void,
  signal: AbortSignal,
) => Promise<unknown>;

/** Likely words, but not always the likeliest, which would repeat themselves. */
const SETTINGS = { maxTokens: 256, temperature: 0.7, topK: 40 };

/**
 * Lets the model go on at the cursor, until it ends by itself or the user cancels. The text becomes one step of undoing. Ends early
 * if the document is edited meanwhile.
 */
export async function generateAtCursor(
  editor: vscode.TextEditor,
  model: string,
  generate: Generate,
): Promise<void> {
  const title = vscode.l10n.t('Cloze is writing');
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  await vscode.window.withProgress(options, async (_, token) => {
    const canceller = new AbortController();
    token.onCancellationRequested(() => canceller.abort());
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { prefix } = snapshotOf(editor.document, editor.selection.active);
    const writer = new Writer(editor, () => canceller.abort());
    try {
      const settings = { ...SETTINGS, seed };
      await generate({ model, prompt: prefix, settings }, (text) => writer.write(text), canceller.signal);
    } catch (error) {
      if (!hasCode(error, 'cancelled')) throw error;
    } finally {
      await writer.done();
    }
  });
}

/** Writes pieces of text one after another, from the cursor on. */
class Writer {
  readonly #editor: vscode.TextEditor;
  readonly #onEdited: () => void;
  #offset: number;
  #version: number;
  #waiting = '';
  #writing: Promise<void> | undefined;
  #isFirst = true;
  #isOver = false;

  /** `onEdited` hears if somebody else writes in the document: then this writes no more. */
  constructor(editor: vscode.TextEditor, onEdited: () => void) {
    this.#editor = editor;
    this.#onEdited = onEdited;
    this.#offset = editor.document.offsetAt(editor.selection.active);
    this.#version = editor.document.version;
  }

  write(text: string): void {
    const eol = this.#editor.document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    this.#waiting += text.replaceAll('\r', '').replaceAll('\n', eol);
    this.#writing ??= this.#flush();
  }

  /** Resolves when all is written that can be. */
  async done(): Promise<void> {
    await this.#writing;
  }

  async #flush(): Promise<void> {
    while (this.#waiting !== '' && !this.#isOver) {
      const text = this.#waiting;
      this.#waiting = '';
      if (!(await this.#insert(text))) {
        this.#isOver = true;
        this.#onEdited();
      }
    }
    this.#writing = undefined;
  }

  async #insert(text: string): Promise<boolean> {
    const { document } = this.#editor;
    if (document.version !== this.#version) return false;
    const at = document.positionAt(this.#offset);
    const undo = { undoStopBefore: this.#isFirst, undoStopAfter: false };
    if (!(await this.#editor.edit((edit) => edit.insert(at, text), undo))) return false;
    this.#isFirst = false;
    this.#offset += text.length;
    this.#version = document.version;
    return true;
  }
}
