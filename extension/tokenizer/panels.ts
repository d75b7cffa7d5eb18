/** The tokenizer pages of a window: one a document, restored after a reload. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { TokenizerPageStateSchema, type TokenizerPlace } from '../../webview/protocol/tokenizer.ts';
import { COMMANDS, PANELS } from '../contributions.ts';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { browseForFolder, choicesOf, type PageModel, pageOf, showAgain } from '../platform/document-page.ts';
import { PageTabs } from '../platform/page-tabs.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import { type PanelOptions, TokenizerPanel } from './panel.ts';

export interface TokenizerPanelsOptions {
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  /** The one that completes: it answers while a run trains. */
  readonly worker: { readonly call: CallWorker };
  readonly models: {
    readonly models: readonly PageModel[];
    readonly onDidChange: (listener: () => void) => Disposable;
  };
  readonly log: vscode.LogOutputChannel;
}

export class TokenizerPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #tabs: PageTabs<TokenizerPanel, TokenizerPlace>;
  readonly #owned = new Disposables();
  readonly #options: PanelOptions;

  constructor({ context, worker, models, log }: TokenizerPanelsOptions) {
    this.#options = {
      extensionUri: context.extensionUri,
      log,
      train: () => vscode.commands.executeCommand(COMMANDS.trainWorkspace),
      browse: () => browseForFolder(vscode.l10n.t('Choose a folder with a tokenizer.json')),
      tokenizers: {
        choices: () => choicesOf(models.models),
        tokenize: (tokenizer, text, signal) => worker.call('tokenize', { tokenizer, text }, { signal }),
        explain: (tokenizer, word) => worker.call('explainMerges', { tokenizer, text: word }),
      },
    };
    this.#tabs = this.#owned.add(
      new PageTabs<TokenizerPanel, TokenizerPlace>(
        (panel, place) => new TokenizerPanel(panel, place, this.#options),
      ),
    );
    this.#owned.add(
      models.onDidChange(() => {
        for (const panel of this.#tabs.pages) panel.tokenizersChanged();
      }),
    );
  }

  /** Shows the tokens of what is selected in an editor, or of its whole document, beside it. */
  open(editor = vscode.window.activeTextEditor): void {
    if (editor === undefined) {
      const message = vscode.l10n.t(
        'Open the text whose tokens you want to see. Files over 50 MB have none.',
      );
      void vscode.window.showInformationMessage(message);
      return;
    }
    const { document, selection } = editor;
    const known = pageOf(this.#tabs.pages, document);
    known?.reveal();
    const panel = known ?? this.#create(document);
    panel.setScope(selection);
  }

  /** Shows a page again after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = TokenizerPageStateSchema.safeParse(state);
    if (!kept.success || kept.data.place === undefined) {
      panel.dispose();
      return;
    }
    await showAgain(this.#tabs.adopt(panel, kept.data.place), this.#options.log);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #create(document: vscode.TextDocument): TokenizerPanel {
    const title = vscode.l10n.t('Tokens: {0}', basename(document.uri.path));
    const place = { uri: document.uri.toString(), main: '', other: '' };
    const made = this.#tabs.open({ kind: PANELS.tokenizer, title, finds: false }, place);
    made.setDocument(document);
    return made;
  }
}
