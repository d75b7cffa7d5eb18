/** What the pages beside an editor's document have in common. */
import * as vscode from 'vscode';

/** A page that has lost its editor's group moves into its place: the editor would cover it there. */
export function beside({ viewColumn }: vscode.WebviewPanel): vscode.ViewColumn {
  return viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
}

/** A page that shows a document. */
export interface DocumentPage {
  readonly uri: vscode.Uri;
  setDocument(document: vscode.TextDocument): void;
}

/** The page of a document, where there is one. */
export function pageOf<Page extends DocumentPage>(
  pages: readonly Page[],
  { uri }: vscode.TextDocument,
): Page | undefined {
  return pages.find((page) => page.uri.toString() === uri.toString());
}

/** Gives a page that is shown again its document; if that can not be opened, the page says that it is closed. */
export async function showAgain(page: DocumentPage, log: vscode.LogOutputChannel): Promise<void> {
  try {
    page.setDocument(await vscode.workspace.openTextDocument(page.uri));
  } catch (error) {
    log.info(`[${page.uri.toString()}] ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Lets the user choose a folder; undefined is their refusal. */
export async function browseForFolder(title: string): Promise<string | undefined> {
  const found = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    title,
    openLabel: vscode.l10n.t('Choose'),
  });
  return found?.[0]?.fsPath;
}

/** A model or run that a page may show. */
export interface PageModel {
  readonly path: string;
  readonly name: string;
  /** Whether it completes now. */
  readonly inUse: boolean;
  /** Why it can not be used. */
  readonly problem: string | undefined;
}

/** Those that can be used; the one that completes comes first: what the user sees at work. */
export function choicesOf(models: readonly PageModel[]): { folder: string; label: string }[] {
  return models
    .filter(({ problem }) => problem === undefined)
    .sort((a, b) => Number(b.inUse) - Number(a.inUse))
    .map(({ path, name }) => ({ folder: path, label: name }));
}
