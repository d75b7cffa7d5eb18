/** The LoRA pages of a window: one an adapter, restored after a reload. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { AdapterPageStateSchema } from '../../webview/protocol/adapter.ts';
import { PANELS } from '../contributions.ts';
import { type Disposable, Disposables } from '../platform/disposable.ts';
import { PageTabs } from '../platform/page-tabs.ts';
import { AdapterPanel, type AdapterPanelOptions } from './panel.ts';
import { LastEditor, placeIn } from './place.ts';

export interface AdapterPanelsOptions extends Omit<AdapterPanelOptions, 'place' | 'extensionUri'> {
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  /** Tell when runs, models, or the one that completes have changed. */
  readonly changes: readonly ((listener: () => void) => Disposable)[];
}

export class AdapterPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #tabs: PageTabs<AdapterPanel, string>;
  readonly #owned = new Disposables();
  readonly #options: AdapterPanelOptions;

  constructor({ context, changes, ...options }: AdapterPanelsOptions) {
    const last = this.#owned.add(new LastEditor());
    this.#options = { ...options, extensionUri: context.extensionUri, place: () => last.place };
    this.#tabs = this.#owned.add(
      new PageTabs<AdapterPanel, string>((panel, path) => new AdapterPanel(panel, path, this.#options)),
    );
    for (const onDidChange of changes) {
      this.#owned.add(
        onDidChange(() => {
          for (const panel of this.#tabs.pages) panel.changed();
        }),
      );
    }
  }

  /** Shows the page of an adapter, by its folder or its run's. */
  open(path: string): AdapterPanel {
    const known = this.#tabs.pages.find((panel) => panel.path === path);
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
    else this.#tabs.adopt(panel, path);
    return Promise.resolve();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #create(path: string): AdapterPanel {
    return this.#tabs.open(
      { kind: PANELS.adapter, title: vscode.l10n.t('Adapter: {0}', basename(path)), finds: true },
      path,
    );
  }
}
