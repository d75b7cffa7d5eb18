/** The LoRA pages of a window: one an adapter, restored after a reload. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { AdapterPageStateSchema } from '../../webview/protocol/adapter.ts';
import { PANELS } from '../contributions.ts';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { AdapterPanel, type AdapterPanelOptions } from './panel.ts';
import { LastEditor, placeIn } from './place.ts';

export interface AdapterPanelsOptions extends Omit<AdapterPanelOptions, 'place' | 'extensionUri'> {
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  /** Tell when runs, models, or the one that completes have changed. */
  readonly changes: readonly ((listener: () => void) => Disposable)[];
}

export class AdapterPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #panels = new Set<AdapterPanel>();
  readonly #owned = new Disposables();
  readonly #options: AdapterPanelOptions;

  constructor({ context, changes, ...options }: AdapterPanelsOptions) {
    const last = this.#owned.add(new LastEditor());
    this.#options = { ...options, extensionUri: context.extensionUri, place: () => last.place };
    for (const onDidChange of changes) {
      this.#owned.add(
        onDidChange(() => {
          for (const panel of this.#panels) panel.changed();
        }),
      );
    }
  }

  /** Shows the page of an adapter, by its folder or its run's. */
  open(path: string): AdapterPanel {
    const known = [...this.#panels].find((panel) => panel.path === path);
    known?.reveal();
    return known ?? this.#create(path);
  }

  /** Shows the page, and lets base and adapter go on from the cursor of an editor. */
  compare(path: string, editor: vscode.TextEditor | undefined): void {
    const place = editor === undefined ? this.#options.place() : placeIn(editor);
    const panel = this.open(path);
    if (place !== undefined) panel.compare(place);
  }

  /** Shows a page again after a reload of the window. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const path = AdapterPageStateSchema.safeParse(state).data?.path;
    if (path === undefined) panel.dispose();
    else this.#add(panel, path);
    return Promise.resolve();
  }

  dispose(): void {
    this.#owned.dispose();
    for (const panel of this.#panels) panel.dispose();
  }

  #create(path: string): AdapterPanel {
    const panel = vscode.window.createWebviewPanel(
      PANELS.adapter,
      vscode.l10n.t('Adapter: {0}', basename(path)),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableFindWidget: true },
    );
    return this.#add(panel, path);
  }

  #add(panel: vscode.WebviewPanel, path: string): AdapterPanel {
    const made = new AdapterPanel(panel, path, this.#options);
    this.#panels.add(made);
    panel.onDidDispose(() => {
      this.#panels.delete(made);
      made.dispose();
    });
    return made;
  }
}
