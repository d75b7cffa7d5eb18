/** Pages of plain text that can be read, searched and copied, but not edited. */
import * as vscode from 'vscode';

const SCHEME = 'cloze-report';

/** Shows texts that are made anew each time. */
/** How long to wait for VS Code to take a new text, in ms, and how often. */
const PATIENCE = 300;
const MOST_TRIES = 5;

export class Reports implements vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #change = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: this.#change.event,
    provideTextDocumentContent: ({ path }) => this.#texts.get(path) ?? '',
  });

  /** Opens the page of this name, or brings it up to date, and shows it. Line ends of `text` are `\n`. */
  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
    this.#texts.set(uri.path, text);
    await vscode.window.showTextDocument(await this.#upToDate(uri), { preview: true });
  }

  /** VS Code may still have the document with what it said before, and may be about to drop it. */
  async #upToDate(uri: vscode.Uri): Promise<vscode.TextDocument> {
    for (let tries = 1; ; tries++) {
      this.#change.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      if (document.getText() === this.#texts.get(uri.path) || tries === MOST_TRIES) return document;
      await changedOrClosed(document);
    }
  }

  dispose(): void {
    this.#registration.dispose();
    this.#change.dispose();
  }
}

/** Resolves after a short time all the same. */
function changedOrClosed(document: vscode.TextDocument): Promise<void> {
  return new Promise((resolve) => {
    const done = (changed: vscode.TextDocument): void => {
      if (changed !== document) return;
      clearTimeout(timer);
      for (const listener of listening) listener.dispose();
      resolve();
    };
    const listening = [
      vscode.workspace.onDidChangeTextDocument((event) => done(event.document)),
      vscode.workspace.onDidCloseTextDocument(done),
    ];
    const timer = setTimeout(() => done(document), PATIENCE);
  });
}
