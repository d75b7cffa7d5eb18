/** Pages of plain text that can be read, searched and copied, but not edited. */
import * as vscode from 'vscode';

const SCHEME = 'cloze-report';

/** Shows texts that are made anew each time. */
export class Reports implements vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #change = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: this.#change.event,
    provideTextDocumentContent: ({ path }) => this.#texts.get(path) ?? '',
  });

  /** Opens the page of this name, or brings it up to date; resolves when it shows this text, whose line ends are `\n`. */
  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
    this.#texts.set(uri.path, text);
    this.#change.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.getText() !== text) await changed(document); // it was open, perhaps without an editor
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.#registration.dispose();
    this.#change.dispose();
  }
}

function changed(document: vscode.TextDocument): Promise<void> {
  return new Promise((resolve) => {
    const listening = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== document) return;
      listening.dispose();
      resolve();
    });
  });
}
