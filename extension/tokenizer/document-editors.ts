import * as vscode from 'vscode';

/** How the token that a page points at looks in an editor. */
const pointed = vscode.window.createTextEditorDecorationType({
  backgroundColor: new vscode.ThemeColor('editor.wordHighlightStrongBackground'),
  border: '1px solid',
  borderColor: new vscode.ThemeColor('focusBorder'),
});

/** The editors in sight that show one document. */
export class DocumentEditors implements vscode.Disposable {
  readonly #uri: vscode.Uri;
  readonly #column: () => vscode.ViewColumn;

  /** `column` says where an editor is opened, where there is none. */
  constructor(uri: vscode.Uri, column: () => vscode.ViewColumn) {
    this.#uri = uri;
    this.#column = column;
  }

  /** What is selected in the first of them. */
  get selection(): vscode.Selection | undefined {
    return this.#visible()[0]?.selection;
  }

  shows({ uri }: vscode.TextDocument): boolean {
    return uri.toString() === this.#uri.toString();
  }

  /** Marks a range in all of them, or none. */
  point(range: vscode.Range | undefined): void {
    for (const editor of this.#visible()) editor.setDecorations(pointed, range === undefined ? [] : [range]);
  }

  /** Selects a range, in an editor that is opened for it where there is none. The focus stays. */
  async select({ start, end }: vscode.Range): Promise<void> {
    const editor = this.#visible()[0] ?? (await this.open({ preserveFocus: true }));
    editor.selection = new vscode.Selection(start, end);
    editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  async open(options: vscode.TextDocumentShowOptions = {}): Promise<vscode.TextEditor> {
    return vscode.window.showTextDocument(this.#uri, { viewColumn: this.#column(), ...options });
  }

  dispose(): void {
    this.point(undefined);
  }

  #visible(): vscode.TextEditor[] {
    return vscode.window.visibleTextEditors.filter(({ document }) => this.shows(document));
  }
}
