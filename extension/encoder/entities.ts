/** Entities marked in documents, by type: each has its label behind it, so that it is not told by colour alone. */
import * as vscode from 'vscode';
import type { Entity, Tagged } from '../../worker/protocol/encoder.ts';
import { setContext } from '../platform/context.ts';
import { Disposables } from '../platform/disposable.ts';
import { Latest } from '../platform/latest.ts';
import { entityCounts, entityGroups, percent } from './entity-groups.ts';

export type TagText = (model: string, text: string, signal: AbortSignal) => Promise<Tagged>;

/** How long to wait for more edits, in ms. */
const DELAY = 500;

/** More of a document is not tagged, in UTF-16 units: a model of minutes of training takes seconds for that. */
export const LONGEST_TAGGED = 1 << 17;

/** One look a type; more types share them. */
const LOOKS = [
  { colour: 'charts.blue', border: 'solid' },
  { colour: 'charts.orange', border: 'dashed' },
  { colour: 'charts.green', border: 'dotted' },
  { colour: 'charts.purple', border: 'double' },
  { colour: 'charts.red', border: 'solid' },
  { colour: 'charts.yellow', border: 'dashed' },
] as const;

interface Marked {
  readonly model: string;
  readonly document: vscode.TextDocument;
  entities: readonly Entity[];
  readonly refresh: Latest;
}

export class EntityMarks implements vscode.Disposable {
  readonly #tag: TagText;
  readonly #log: vscode.LogOutputChannel;
  readonly #owned = new Disposables();
  readonly #marked = new Map<string, Marked>();
  readonly #looks = LOOKS.map(({ colour, border }) =>
    this.#owned.add(
      vscode.window.createTextEditorDecorationType({
        border: `1px ${border}`,
        borderColor: new vscode.ThemeColor(colour),
        borderRadius: '3px',
        overviewRulerColor: new vscode.ThemeColor(colour),
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
        after: { color: new vscode.ThemeColor('descriptionForeground'), margin: '0 0 0 2px' },
      }),
    ),
  );

  constructor(tag: TagText, log: vscode.LogOutputChannel) {
    this.#tag = tag;
    this.#log = log;
    const { workspace, window } = vscode;
    this.#owned.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#of(document)?.refresh.request(DELAY);
      }),
    );
    this.#owned.add(workspace.onDidCloseTextDocument((document) => this.clear(document)));
    this.#owned.add(
      window.onDidChangeVisibleTextEditors((editors) => editors.forEach((each) => this.#draw(each))),
    );
  }

  /** Marks what a model finds in a document, and follows its edits until it is cleared. Throws what the model throws. */
  async show(document: vscode.TextDocument, model: string, signal: AbortSignal): Promise<readonly Entity[]> {
    const { version } = document;
    const { entities } = await this.#tag(model, textOf(document), signal);
    if (document.isClosed) return entities;
    this.#of(document)?.refresh.dispose();
    const refresh = new Latest((cancelled) => this.#follow(document, cancelled));
    this.#marked.set(document.uri.toString(), { model, document, entities, refresh });
    if (document.version === version) this.#drawAll(document);
    else refresh.request(0); // what was found is of a text that was
    setContext('cloze.hasEntities', true);
    return entities;
  }

  /** Takes the marks of a document away, or of all. */
  clear(document?: vscode.TextDocument): void {
    const cleared = document === undefined ? [...this.#marked.values()] : [this.#of(document)];
    for (const marked of cleared) {
      if (marked === undefined) continue;
      marked.refresh.dispose();
      this.#marked.delete(marked.document.uri.toString());
      this.#drawAll(marked.document);
    }
    setContext('cloze.hasEntities', this.#marked.size > 0);
  }

  dispose(): void {
    for (const { refresh } of this.#marked.values()) refresh.dispose();
    this.#owned.dispose();
  }

  #of({ uri }: vscode.TextDocument): Marked | undefined {
    return this.#marked.get(uri.toString());
  }

  async #follow(document: vscode.TextDocument, signal: AbortSignal): Promise<void> {
    const marked = this.#of(document);
    if (marked === undefined) return;
    try {
      const { entities } = await this.#tag(marked.model, textOf(document), signal);
      if (signal.aborted) return;
      marked.entities = entities;
      this.#drawAll(document);
    } catch (error) {
      // the marks stay where they are; the next edit tries again
      if (!signal.aborted)
        this.#log.warn(`[entities] ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #drawAll(document: vscode.TextDocument): void {
    for (const editor of vscode.window.visibleTextEditors)
      if (editor.document.uri.toString() === document.uri.toString()) this.#draw(editor);
  }

  #draw(editor: vscode.TextEditor): void {
    const { document } = editor;
    const marked = this.#of(document);
    const legend = legendOf(marked?.entities ?? []);
    const groups = entityGroups(marked?.entities ?? []);
    this.#looks.forEach((look, slot) => {
      const own = groups
        .filter((_, i) => i % this.#looks.length === slot)
        .flatMap(({ entities }) => entities);
      editor.setDecorations(
        look,
        own.map((entity) => decorationOf(document, entity, legend)),
      );
    });
  }
}

/** What is tagged of a document. */
function textOf(document: vscode.TextDocument): string {
  return document.getText().slice(0, LONGEST_TAGGED);
}

function decorationOf(
  document: vscode.TextDocument,
  { label, start, end, probability }: Entity,
  legend: string,
): vscode.DecorationOptions {
  const hover = new vscode.MarkdownString();
  hover.isTrusted = { enabledCommands: ['cloze.clearEntities'] };
  hover.appendMarkdown('**').appendText(label).appendMarkdown('** ').appendText(percent(probability));
  hover.appendMarkdown('\n\n').appendText(legend).appendMarkdown('\n\n[');
  hover.appendText(vscode.l10n.t('Clear Entities')).appendMarkdown('](command:cloze.clearEntities)');
  return {
    range: new vscode.Range(document.positionAt(start), document.positionAt(end)),
    hoverMessage: hover,
    renderOptions: { after: { contentText: label } },
  };
}

function legendOf(entities: readonly Entity[]): string {
  return vscode.l10n.t('In this document: {0}', entityCounts(entities));
}
