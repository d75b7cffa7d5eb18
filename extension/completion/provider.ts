/** VS Code's view of the suggester. Uses stable API only. */
import * as vscode from 'vscode';
import type { Clock } from './clock.ts';
import type { Decisions } from './decisions.ts';
import { editorOf, indentOf, isTooLarge, placeName, type SettingsOf, snapshotOf } from './document.ts';
import type { Neighbours } from './neighbours.ts';
import { type Reason, REASONS } from './reasons.ts';
import { refusal } from './refusal.ts';
import type { Ask, Suggester, Suggestion } from './suggester.ts';
import { isUntrusted } from '../platform/trust.ts';

/** Runs when an item has been accepted, with the suggestion's number. Internal: it is in no menu. */
export const ACCEPTED_COMMAND = '_cloze.suggestionAccepted';

export interface ProviderOptions {
  readonly clock: Clock;
  readonly suggester: Suggester;
  readonly decisions: Decisions;
  readonly neighbours: Neighbours;
  readonly settings: SettingsOf;
  /** Folder of the model that is chosen. */
  readonly model: () => string | undefined;
  readonly isGenerating: () => boolean;
  /** When a document was last edited, on the clock. */
  readonly editedAt: (uri: string) => number | undefined;
}

/** A key that is longer ago did not bring about the request. */
const RECENT_MS = 1000;

const STATUS_MS = 6000;

export class CompletionProvider implements vscode.InlineCompletionItemProvider {
  readonly #options: ProviderOptions;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    { triggerKind, selectedCompletionInfo }: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const automatic = triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
    const notes = this.#options.decisions.begin(placeName(document, position), automatic);
    const ask = this.ask(document, position, automatic, selectedCompletionInfo);
    if (typeof ask === 'string') {
      notes.endAgain(REASONS[ask]);
    } else {
      const suggestion = await this.#options.suggester.suggest(ask, notes, abortOn(token));
      if (token.isCancellationRequested) return undefined;
      if (suggestion !== undefined) return [item(document, position, suggestion, selectedCompletionInfo)];
    }
    if (!automatic) vscode.window.setStatusBarMessage(`Cloze: ${notes.outcome ?? ''}`, STATUS_MS);
    return undefined;
  }

  /** The request for a position, or why there is none. */
  ask(
    document: vscode.TextDocument,
    position: vscode.Position,
    automatic: boolean,
    selected?: vscode.SelectedCompletionInfo,
  ): Ask | Reason {
    const { clock, settings, neighbours, model, isGenerating, editedAt } = this.#options;
    const { enabled, languages, maxLineSuffix, delay, prefetch, ...options } = settings.of(document);
    const { languageId, eol, uri } = document;
    const folder = model();
    const editor = editorOf(document);
    const end = selected?.range.end ?? position;
    const reason = refusal({
      automatic,
      enabled,
      languageId,
      languages,
      scheme: uri.scheme,
      writable: vscode.workspace.fs.isWritableFileSystem(uri.scheme),
      tooLarge: isTooLarge(document),
      cursors: editor?.selections.length ?? 1,
      generating: isGenerating(),
      model: folder,
      untrusted: folder !== undefined && isUntrusted(folder),
      lineAfter: document.lineAt(end).text.slice(end.character),
      maxLineSuffix,
    });
    if (reason !== undefined) return reason;
    const snapshot = snapshotOf(document, position, selected); // tens of kilobytes: not read for nothing
    const now = clock.now();
    const keyAt = editedAt(snapshot.uri) ?? -Infinity;
    return {
      model: folder!,
      snapshot,
      automatic,
      keyAt: automatic && now - keyAt < RECENT_MS ? keyAt : now,
      delay,
      prefetch,
      options: {
        ...options,
        eol: eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
        indent: indentOf(editor),
        neighbours: () => (options.neighbours ? neighbours.for(snapshot.uri, languageId) : []),
      },
    };
  }
}

/**
 * The range begins with the word at the cursor, so that the item stays when the user deletes in it; with an item of the list
 * of suggestions it is that item's, whose text it must begin with to be shown.
 */
function item(
  document: vscode.TextDocument,
  position: vscode.Position,
  { id, text, replace }: Suggestion,
  selected: vscode.SelectedCompletionInfo | undefined,
): vscode.InlineCompletionItem {
  const before = document.lineAt(position).text.slice(0, position.character);
  const word = /[\p{L}\p{N}_$]*$/u.exec(before)![0];
  const begin = selected?.text ?? word;
  const start = selected?.range.start ?? position.translate(0, -word.length);
  const end = (selected?.range.end ?? position).translate(0, replace);
  const shown = new vscode.InlineCompletionItem(begin + text, new vscode.Range(start, end));
  shown.command = { command: ACCEPTED_COMMAND, title: '', arguments: [id] };
  return shown;
}

function abortOn(token: vscode.CancellationToken): AbortSignal {
  const canceller = new AbortController();
  if (token.isCancellationRequested) canceller.abort();
  else token.onCancellationRequested(() => canceller.abort());
  return canceller.signal;
}
