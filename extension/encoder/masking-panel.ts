/** One masking page in its tab, tied to the editors of one document. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type Handlers, RemoteError } from '../../worker/protocol/rpc.ts';
import { MASKING_PAGE_METHODS, type MaskingPlace } from '../../webview/protocol/masking.ts';
import { Disposables } from '../platform/disposable.ts';
import { beside } from '../platform/document-page.ts';
import { servePage, untilGone } from '../platform/page.ts';
import { MaskingSession, type Reader } from './masking-session.ts';
import { type Part, shifted } from './shifted.ts';

export interface MaskingPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly reader: Reader;
  /** Lets the user choose a model's folder. */
  readonly browse: () => Promise<string | undefined>;
  /** Shows where a model is trained. */
  readonly train: () => unknown;
}

export class MaskingPanel implements vscode.Disposable {
  readonly uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #session: MaskingSession;
  readonly #owned = new Disposables();
  /** What is masked of the document; undefined: all of it. */
  #part: Part | undefined;

  constructor(panel: vscode.WebviewPanel, place: MaskingPlace, options: MaskingPanelOptions) {
    this.uri = vscode.Uri.parse(place.uri, true);
    this.#panel = panel;
    this.#part = place.range;
    this.#session = this.#owned.add(new MaskingSession(place, options.reader));
    const title = vscode.l10n.t('Masks');
    const { extensionUri, log } = options;
    const frame = { extensionUri, entry: 'masking', title, log } as const;
    this.#owned.add(servePage(panel.webview, frame, MASKING_PAGE_METHODS, this.#handlers(options)));
    this.#owned.add(panel.onDidChangeViewState(() => this.#session.setVisible(panel.visible)));
    this.#followDocument();
  }

  /** Takes a part of the document, or all of it. */
  setPart(document: vscode.TextDocument, selection: vscode.Selection | undefined): void {
    this.#part = selection === undefined || selection.isEmpty ? undefined : partOf(document, selection);
    this.setDocument(document);
  }

  setDocument(document: vscode.TextDocument): void {
    const text = document.getText();
    if (this.#part !== undefined && this.#part.from >= text.length) this.#part = undefined;
    this.#session.setText(basename(document.uri.path), text, this.#part);
  }

  /** A model or run folder; '' for none. */
  get model(): string {
    return this.#session.place.model;
  }

  choose(model: string): void {
    if (model !== this.model) this.#session.choose(model);
  }

  setWord(word: string): void {
    this.#session.setWord(word);
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  modelsChanged(): void {
    this.#session.modelsChanged();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #handlers({ browse, train }: MaskingPanelOptions): Handlers<typeof MASKING_PAGE_METHODS> {
    const session = this.#session;
    const done = null;
    return {
      watch: (_params, { signal, tell }) => {
        session.watch(tell);
        return untilGone(signal);
      },
      choose: ({ folder }) => {
        session.choose(folder);
        return done;
      },
      browse: async () => {
        const folder = await browse();
        if (folder !== undefined) session.choose(folder);
        return done;
      },
      setScope: async ({ scope }) => {
        await this.#setScope(scope);
        return done;
      },
      reseed: () => {
        session.reseed();
        return done;
      },
      setWord: ({ word }) => {
        session.setWord(word);
        return done;
      },
      select: async ({ revision, token }) => {
        const place = session.placeOf(revision, token);
        if (place !== undefined) await this.#select(place);
        return done;
      },
      retry: () => {
        session.retry();
        return done;
      },
      reopen: async () => {
        await vscode.window.showTextDocument(this.uri, { viewColumn: beside(this.#panel) });
        return done;
      },
      train: () => {
        void train();
        return done;
      },
    };
  }

  /** Throws `usage` if a selection is asked for, and nothing is selected. */
  async #setScope(scope: 'document' | 'selection'): Promise<void> {
    if (scope === 'document') {
      this.setPart(await vscode.workspace.openTextDocument(this.uri), undefined);
      return;
    }
    const editor = this.#editor();
    if (editor === undefined)
      throw new RemoteError(vscode.l10n.t('no editor of the document is in sight'), { code: 'usage' });
    if (editor.selection.isEmpty)
      throw new RemoteError(vscode.l10n.t('nothing is selected in the editor'), { code: 'usage' });
    this.setPart(editor.document, editor.selection);
  }

  async #select({ from, to }: Part): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.uri);
    const selection = new vscode.Range(document.positionAt(from), document.positionAt(to));
    const viewColumn = this.#editor()?.viewColumn ?? beside(this.#panel);
    await vscode.window.showTextDocument(document, { viewColumn, selection, preserveFocus: true });
  }

  #followDocument(): void {
    const { workspace } = vscode;
    this.#owned.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (!this.#shows(document)) return;
        for (const change of contentChanges)
          this.#part = this.#part === undefined ? undefined : shifted(this.#part, change);
        this.setDocument(document);
      }),
    );
    this.#owned.add(
      workspace.onDidOpenTextDocument((document) => {
        if (this.#shows(document)) this.setDocument(document);
      }),
    );
    this.#owned.add(
      workspace.onDidCloseTextDocument((document) => {
        if (this.#shows(document)) this.#session.closed();
      }),
    );
  }

  #shows({ uri }: vscode.TextDocument): boolean {
    return uri.toString() === this.uri.toString();
  }

  #editor(): vscode.TextEditor | undefined {
    const { activeTextEditor: active, visibleTextEditors: visible } = vscode.window;
    return [...(active === undefined ? [] : [active]), ...visible].find(({ document }) =>
      this.#shows(document),
    );
  }
}

function partOf(document: vscode.TextDocument, { start, end }: vscode.Range): Part {
  return { from: document.offsetAt(start), to: document.offsetAt(end) };
}
