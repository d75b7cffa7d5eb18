/** Text from the model, written into an editor as it comes. */
import * as vscode from 'vscode';
import type { GenerateRequest } from '../../worker/protocol/generation.ts';
import { hasCode } from '../../worker/protocol/rpc.ts';
import { snapshotOf } from './document.ts';
import { type Page, Writer } from './writer.ts';
import { weightsSetting } from './weights.ts';

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
    const start = editor.document.offsetAt(editor.selection.active);
    const writer = new Writer(pageOf(editor), start, () => canceller.abort());
    try {
      const settings = { ...SETTINGS, seed };
      await generate(
        { model, weights: weightsSetting(), prompt: prefix, settings },
        (text) => writer.write(text),
        canceller.signal,
      );
    } catch (error) {
      if (!hasCode(error, 'cancelled')) throw error;
    } finally {
      await writer.done();
    }
  });
}

/** The document of an editor, to be written in. What is written becomes one step of undoing. */
function pageOf(editor: vscode.TextEditor): Page {
  const { document } = editor;
  return {
    eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
    get version() {
      return document.version;
    },
    insert: (offset, text, isFirst) =>
      editor.edit((edit) => edit.insert(document.positionAt(offset), text), {
        undoStopBefore: isFirst,
        undoStopAfter: false,
      }),
  };
}
