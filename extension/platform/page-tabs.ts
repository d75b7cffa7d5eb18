import * as vscode from 'vscode';
import type { PANELS } from '../contributions.ts';

/** A tab as VS Code opens it: beside the active editor, which keeps the focus. */
export interface TabOptions {
  readonly kind: (typeof PANELS)[keyof typeof PANELS];
  readonly title: string;
  /** Whether Ctrl+F searches the page. */
  readonly finds: boolean;
}

/** The pages of one kind in a window, each in its tab. A page ends with its tab. */
export class PageTabs<Page extends vscode.Disposable, Place> implements vscode.Disposable {
  readonly #pages = new Set<Page>();
  readonly #make: (panel: vscode.WebviewPanel, place: Place) => Page;
  readonly #emptied: () => void;

  /** `emptied` is called when the last one has gone. */
  constructor(
    make: (panel: vscode.WebviewPanel, place: Place) => Page,
    emptied: () => void = () => undefined,
  ) {
    this.#make = make;
    this.#emptied = emptied;
  }

  get pages(): readonly Page[] {
    return [...this.#pages];
  }

  open({ kind, title, finds }: TabOptions, place: Place): Page {
    const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    return this.adopt(
      vscode.window.createWebviewPanel(kind, title, where, { enableFindWidget: finds }),
      place,
    );
  }

  /** Shows a page in a tab that is there, as after a reload. */
  adopt(panel: vscode.WebviewPanel, place: Place): Page {
    const page = this.#make(panel, place);
    this.#pages.add(page);
    panel.onDidDispose(() => {
      this.#pages.delete(page);
      page.dispose();
      if (this.#pages.size === 0) this.#emptied();
    });
    return page;
  }

  dispose(): void {
    for (const page of this.#pages) page.dispose();
  }
}
