/** The attention pages of a window: one a document, restored after a reload. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { AttentionPageStateSchema, type AttentionPlace } from '../../webview/protocol/attention.ts';
import { COMMANDS, PANELS } from '../contributions.ts';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { browseForFolder, choicesOf, type PageModel, pageOf, showAgain } from '../platform/document-page.ts';
import { pathOf } from '../platform/line.ts';
import { PageTabs } from '../platform/page-tabs.ts';
import { requireTrusted } from '../platform/trust.ts';
import type { CallWorker } from '../worker/worker-process.ts';
import { chooseFile } from './export.ts';
import { AttentionPanel, type PanelOptions } from './panel.ts';
import type { Inspector } from './session.ts';

export interface AttentionPanelsOptions {
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  /** The one that completes: it answers while a run trains. */
  readonly worker: { readonly call: CallWorker };
  readonly models: {
    readonly models: readonly PageModel[];
    readonly onDidChange: (listener: () => void) => Disposable;
  };
  readonly log: vscode.LogOutputChannel;
}

export class AttentionPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #tabs: PageTabs<AttentionPanel, AttentionPlace>;
  readonly #owned = new Disposables();
  readonly #options: PanelOptions;
  readonly #worker: AttentionPanelsOptions['worker'];

  constructor({ context, worker, models, log }: AttentionPanelsOptions) {
    this.#worker = worker;
    this.#options = {
      extensionUri: context.extensionUri,
      log,
      chooseFile,
      browse: () => browseForFolder(vscode.l10n.t('Choose a model folder or a run folder')),
      train: () => vscode.commands.executeCommand(COMMANDS.trainWorkspace),
      inspector: inspectorOf(worker, () => choicesOf(models.models)),
    };
    this.#tabs = this.#owned.add(
      new PageTabs<AttentionPanel, AttentionPlace>(
        (panel, place) => new AttentionPanel(panel, place, this.#options),
        () => void this.#letGo(),
      ),
    );
    this.#owned.add(
      models.onDidChange(() => {
        for (const panel of this.#tabs.pages) panel.modelsChanged();
      }),
    );
  }

  /**
   * Shows what a model attends to in the text that is selected in the active editor, or in its paragraph, beside it.
   * `argument` may be the line of a tree, which names the model.
   */
  open(
    argument?: unknown,
    editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0],
  ): void {
    if (editor === undefined) {
      const message = vscode.l10n.t('Open a text: the page shows what the model attends to in it.');
      void vscode.window.showInformationMessage(message);
      return;
    }
    const { document } = editor;
    const model = argument instanceof vscode.Uri ? undefined : pathOf(argument); // an editor's menu hands an address
    const known = pageOf(this.#tabs.pages, document);
    known?.reveal();
    if (model !== undefined) known?.choose(model);
    (known ?? this.#create(document, model ?? '')).setDocument(document);
  }

  /** Shows a page again after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = AttentionPageStateSchema.safeParse(state);
    if (!kept.success || kept.data.place === undefined) {
      panel.dispose();
      return;
    }
    await showAgain(this.#tabs.adopt(panel, kept.data.place), this.#options.log);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #create(document: vscode.TextDocument, model: string): AttentionPanel {
    const title = vscode.l10n.t('Attention: {0}', basename(document.uri.path));
    const place = { uri: document.uri.toString(), model, second: '', difference: false };
    return this.#tabs.open({ kind: PANELS.attention, title, finds: false }, place);
  }

  /** Nothing shows the model any more: its memory is of use elsewhere. */
  async #letGo(): Promise<void> {
    try {
      await this.#worker.call('closeInspected', {});
    } catch (error) {
      this.#options.log.debug(`[attention page] ${String(error)}`); // a process that is gone holds nothing
    }
  }
}

function inspectorOf({ call }: AttentionPanelsOptions['worker'], choices: Inspector['choices']): Inspector {
  return {
    choices,
    attention: (input, signal) =>
      call('attention', { ...input, model: requireTrusted(input.model) }, { signal }),
    predict: (input, position, count, signal) =>
      call('predictMask', { ...input, position, count }, { signal }),
  };
}
