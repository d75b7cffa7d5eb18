/** The masking pages of a window: one a document, restored after a reload. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { MaskingPageStateSchema, type MaskingPlace } from '../../webview/protocol/masking.ts';
import { PANELS, VIEWS } from '../contributions.ts';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { browseForFolder, pageOf, showAgain } from '../platform/document-page.ts';
import { PageTabs } from '../platform/page-tabs.ts';
import { requireTrusted } from '../platform/trust.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import type { Encoders } from './encoders.ts';
import { MaskingPanel, type MaskingPanelOptions } from './masking-panel.ts';
import type { Reader } from './masking-session.ts';
import { PURPOSES } from './purposes.ts';

export interface MaskingPanelsOptions {
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  /** The one that completes: it answers while a run trains. */
  readonly worker: { readonly call: CallWorker };
  readonly models: { readonly onDidChange: (listener: () => void) => Disposable };
  readonly encoders: Encoders;
  readonly log: vscode.LogOutputChannel;
}

/** What a page is to show. */
export interface Wanted {
  /** A model or run folder. */
  readonly model: string;
  /** To be compared between the document's sentences. */
  readonly word?: string;
}

export class MaskingPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #tabs: PageTabs<MaskingPanel, MaskingPlace>;
  readonly #owned = new Disposables();
  readonly #options: MaskingPanelOptions;

  constructor({ context, worker, models, encoders, log }: MaskingPanelsOptions) {
    this.#options = {
      extensionUri: context.extensionUri,
      log,
      browse: () => browseForFolder(vscode.l10n.t('Choose a model folder or a run folder')),
      train: () => vscode.commands.executeCommand(`${VIEWS.training}.focus`),
      reader: readerOf(worker, encoders),
    };
    this.#tabs = this.#owned.add(
      new PageTabs<MaskingPanel, MaskingPlace>(
        (panel, place) => new MaskingPanel(panel, place, this.#options),
      ),
    );
    this.#owned.add(
      models.onDidChange(() => {
        for (const panel of this.#tabs.pages) panel.modelsChanged();
      }),
    );
  }

  /** What the page of a document reads with; undefined without a page or a model. */
  modelOf(document: vscode.TextDocument): string | undefined {
    const model = pageOf(this.#tabs.pages, document)?.model;
    return model === '' ? undefined : model;
  }

  /** Shows the page of an editor's document beside it, of what is selected there or of all. */
  open({ document, selection }: vscode.TextEditor, { model, word }: Wanted): void {
    const known = pageOf(this.#tabs.pages, document);
    known?.reveal();
    known?.choose(model);
    const panel = known ?? this.#create(document, model);
    panel.setPart(document, word === undefined ? selection : undefined);
    if (word !== undefined) panel.setWord(word);
  }

  /** Shows a page again after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = MaskingPageStateSchema.safeParse(state);
    if (!kept.success || kept.data.place === undefined) {
      panel.dispose();
      return;
    }
    await showAgain(this.#tabs.adopt(panel, kept.data.place), this.#options.log);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #create(document: vscode.TextDocument, model: string): MaskingPanel {
    const title = vscode.l10n.t('Masks: {0}', basename(document.uri.path));
    const place = { uri: document.uri.toString(), model, seed: 1, word: '' };
    return this.#tabs.open({ kind: PANELS.masking, title, finds: true }, place);
  }
}

function readerOf({ call }: MaskingPanelsOptions['worker'], encoders: Encoders): Reader {
  return {
    choices: () => encoders.fitting(PURPOSES.read).map(({ path, name }) => ({ folder: path, label: name })),
    masking: (model, text, seed, signal) =>
      call('masking', { model: requireTrusted(model), text, seed }, { signal }),
    polysemy: (model, word, sentences, signal) =>
      call('polysemy', { model: requireTrusted(model), word, sentences }, { signal }),
  };
}
