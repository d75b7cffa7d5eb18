/** One attention page in its tab, tied to the editors of one document. */
import * as vscode from 'vscode';
import { attentionJson } from '../../worker/protocol/inspect.ts';
import { type Handlers, RemoteError } from '../../worker/protocol/rpc.ts';
import { ATTENTION_PAGE_METHODS, type AttentionPlace } from '../../webview/protocol/attention.ts';
import { Disposables } from '../platform/disposable.ts';
import { beside } from '../platform/document-page.ts';
import { servePage, untilGone } from '../platform/page.ts';
import { documentName, shownText } from './document-text.ts';
import { type ChooseFile, saveFile } from './export.ts';
import { AttentionSession, type Inspector } from './session.ts';

export interface PanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly inspector: Inspector;
  /** Lets the user choose a model's folder. */
  readonly browse: () => Promise<string | undefined>;
  readonly chooseFile: ChooseFile;
  /** Starts the command that trains a model. */
  readonly train: () => unknown;
}

export class AttentionPanel implements vscode.Disposable {
  readonly uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #session: AttentionSession;
  readonly #owned = new Disposables();
  /** Of the editor that was in sight last: one that is hidden by another tab has none. */
  #selection: vscode.Selection | undefined;

  constructor(panel: vscode.WebviewPanel, place: AttentionPlace, options: PanelOptions) {
    this.uri = vscode.Uri.parse(place.uri, true);
    this.#panel = panel;
    this.#session = this.#owned.add(new AttentionSession(place, options.inspector));
    const title = vscode.l10n.t('Attention');
    const { extensionUri, log } = options;
    const frame = { extensionUri, entry: 'attention', title, log } as const;
    this.#owned.add(servePage(panel.webview, frame, ATTENTION_PAGE_METHODS, this.#handlers(options)));
    this.#owned.add(panel.onDidChangeViewState(() => this.#session.setVisible(panel.visible)));
    this.#followDocument();
  }

  /** Takes the part of the document that its editor has selected. */
  setDocument(document: vscode.TextDocument): void {
    this.#selection = this.#editor()?.selection ?? this.#selection;
    const selection = this.#selection && validSelection(document, this.#selection);
    this.#session.setText(documentName(document), shownText(document, selection));
  }

  choose(model: string): void {
    if (model !== this.#session.place.model) this.#session.choose(model);
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

  #handlers({ browse, chooseFile, train }: PanelOptions): Handlers<typeof ATTENTION_PAGE_METHODS> {
    const session = this.#session;
    const done = (act: () => void) => () => {
      act();
      return null;
    };
    return {
      watch: (_params, { signal, tell }) => {
        session.watch(tell);
        return untilGone(signal);
      },
      choose: ({ folder }) => {
        session.choose(folder);
        return null;
      },
      browse: async () => {
        const folder = await browse();
        if (folder !== undefined) session.choose(folder);
        return null;
      },
      setSecond: ({ text }) => {
        session.setSecond(text);
        return null;
      },
      setDifference: ({ difference }) => {
        session.setDifference(difference);
        return null;
      },
      mask: ({ revision, position }) => {
        session.mask(revision, position);
        return null;
      },
      weights: ({ revision, heads }) => session.weights(revision, heads),
      exportPng: async ({ bytes }) => {
        const uri = await chooseFile('attention', vscode.l10n.t('Pictures'), 'png');
        if (uri !== undefined) await saveFile(uri, bytes);
        return null;
      },
      exportJson: async ({ revision }) => {
        const attention = session.attentionOf(revision);
        if (attention === undefined)
          throw new RemoteError(vscode.l10n.t('the text has changed since'), { code: 'usage' });
        const uri = await chooseFile('attention', 'JSON', 'json');
        if (uri !== undefined) await saveFile(uri, attentionJson(attention));
        return null;
      },
      retry: done(() => session.retry()),
      reopen: async () => {
        await vscode.window.showTextDocument(this.uri, { viewColumn: beside(this.#panel) });
        return null;
      },
      train: done(() => void train()),
    };
  }

  #followDocument(): void {
    const { workspace } = vscode;
    const take = (document: vscode.TextDocument): void => {
      if (this.#shows(document)) this.setDocument(document);
    };
    this.#owned.add(workspace.onDidChangeTextDocument(({ document }) => take(document)));
    this.#owned.add(workspace.onDidOpenTextDocument(take));
    this.#owned.add(
      workspace.onDidCloseTextDocument((document) => {
        if (this.#shows(document)) this.#session.closed();
      }),
    );
    this.#owned.add(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => take(textEditor.document)),
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

/** A text that has become shorter has no longer all places. */
function validSelection(
  document: vscode.TextDocument,
  { anchor, active }: vscode.Selection,
): vscode.Selection {
  return new vscode.Selection(document.validatePosition(anchor), document.validatePosition(active));
}
