/** One tokenizer page in its tab, tied to the editors of one document. */
import * as vscode from 'vscode';
import { type Handlers, RemoteError } from '../../worker/protocol/rpc.ts';
import {
  type PlacedRange,
  type Range,
  TOKENIZER_PAGE_METHODS,
  type TokenizerPlace,
} from '../../webview/protocol/tokenizer.ts';
import { Disposables } from '../platform/disposable.ts';
import { beside } from '../platform/document-page.ts';
import { servePage, untilGone } from '../platform/page.ts';
import { DocumentEditors } from './document-editors.ts';
import { DocumentSource, editsOf } from './document-source.ts';
import { type Tokenizers, TokenizerSession } from './session.ts';

export interface PanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly tokenizers: Tokenizers;
  /** Lets the user choose a folder that has a tokenizer. */
  readonly browse: () => Promise<string | undefined>;
  /** Starts the command that trains a model. */
  readonly train: () => unknown;
}

export class TokenizerPanel implements vscode.Disposable {
  readonly uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #session: TokenizerSession;
  readonly #editors: DocumentEditors;
  readonly #owned = new Disposables();
  #source: DocumentSource | undefined;

  constructor(panel: vscode.WebviewPanel, place: TokenizerPlace, options: PanelOptions) {
    this.uri = vscode.Uri.parse(place.uri, true);
    this.#panel = panel;
    this.#editors = this.#owned.add(new DocumentEditors(this.uri, () => beside(panel)));
    this.#session = this.#owned.add(new TokenizerSession(place, options.tokenizers));
    const title = vscode.l10n.t('Tokens');
    const { extensionUri, log } = options;
    const frame = { extensionUri, entry: 'tokenizer', title, log } as const;
    this.#owned.add(servePage(panel.webview, frame, TOKENIZER_PAGE_METHODS, this.#handlers(options)));
    this.#owned.add(
      panel.onDidChangeViewState(() => {
        this.#session.setVisible(panel.visible);
        if (!panel.visible) this.#editors.point(undefined); // the page is gone, and can not say so
      }),
    );
    this.#followDocument();
    this.#followEditors();
  }

  /** Takes the document's content, and its editor's selection if it has one. */
  setDocument(document: vscode.TextDocument): void {
    this.#source = new DocumentSource(document);
    this.#session.setSource(this.#source);
    const { selection } = this.#editors;
    if (selection !== undefined) this.#session.setSelection(this.#source.offsets(selection));
  }

  /** Shows what is selected in the document, or all of it if nothing is. */
  setScope(selection: vscode.Selection): void {
    this.#session.setRange(selection.isEmpty ? undefined : this.#source?.offsets(selection));
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  tokenizersChanged(): void {
    this.#session.tokenizersChanged();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #handlers({ tokenizers, browse, train }: PanelOptions): Handlers<typeof TOKENIZER_PAGE_METHODS> {
    const session = this.#session;
    const editors = this.#editors;
    return {
      watch: (_params, { signal, tell }) => {
        session.watch(tell);
        return untilGone(signal);
      },
      choose: ({ slot, folder }) => {
        session.choose(slot, folder);
        return null;
      },
      browse: async ({ slot }, { signal }) => {
        const folder = await browse();
        if (folder === undefined) return null;
        await tokenizers.tokenize(folder, '', signal); // throws where there is no tokenizer
        session.choose(slot, folder);
        return null;
      },
      setScope: ({ scope }) => {
        session.setRange(scope === 'selection' ? this.#selected() : undefined);
        return null;
      },
      hover: ({ range }) => {
        editors.point(range === undefined ? undefined : this.#inDocument(range));
        return null;
      },
      select: async (placed) => {
        const range = this.#inDocument(placed);
        if (range !== undefined) await editors.select(range);
        return null;
      },
      explain: ({ slot, word }) => session.explain(slot, word),
      retry: () => {
        session.retry();
        return null;
      },
      reopen: async () => {
        await editors.open();
        return null;
      },
      train: () => {
        train();
        return null;
      },
    };
  }

  #followDocument(): void {
    const { workspace } = vscode;
    this.#owned.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (this.#editors.shows(document) && contentChanges.length > 0)
          this.#session.edited(editsOf(contentChanges));
      }),
    );
    this.#owned.add(
      workspace.onDidCloseTextDocument((document) => {
        if (this.#editors.shows(document)) this.#session.closed();
      }),
    );
    this.#owned.add(
      workspace.onDidOpenTextDocument((document) => {
        if (this.#editors.shows(document)) this.setDocument(document);
      }),
    );
  }

  #followEditors(): void {
    this.#owned.add(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections: [selection] }) => {
        if (this.#source !== undefined && selection !== undefined && this.#editors.shows(textEditor.document))
          this.#session.setSelection(this.#source.offsets(selection));
      }),
    );
    this.#owned.add(
      vscode.languages.registerHoverProvider(
        { scheme: this.uri.scheme },
        {
          provideHover: (document, position) => {
            if (this.#panel.visible && this.#editors.shows(document))
              this.#session.pointAt(document.offsetAt(position));
            return undefined; // it only tells where the mouse is
          },
        },
      ),
    );
  }

  #selected(): Range {
    const { selection } = this.#editors;
    if (this.#source !== undefined && selection?.isEmpty === false) return this.#source.offsets(selection);
    throw new RemoteError(vscode.l10n.t('nothing is selected in the editor'), {
      code: 'usage',
      hint: vscode.l10n.t('select the text whose tokens you want to see'),
    });
  }

  #inDocument(placed: PlacedRange): vscode.Range | undefined {
    const range = this.#session.inDocument(placed);
    return range === undefined ? undefined : this.#source?.positions(range);
  }
}
