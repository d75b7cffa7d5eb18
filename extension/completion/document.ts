/** What completion reads of a document and its editor. */
import * as vscode from 'vscode';
import type { WeightPrecision } from '../../worker/protocol/generation.ts';
import { readSetting } from '../platform/settings.ts';
import { weightsSetting } from './weights.ts';
import type { Lines } from './neighbours.ts';
import { type Snapshot, snapshotAt } from './snapshot.ts';

/** The text around a position, in which `text` stands for a range, if that is given. */
export function snapshotOf(
  document: vscode.TextDocument,
  position: vscode.Position,
  selected?: vscode.SelectedCompletionInfo,
): Snapshot {
  const uri = document.uri.toString();
  const read = (from: number, to: number): string =>
    document.getText(new vscode.Range(document.positionAt(from), document.positionAt(to)));
  if (selected === undefined) return snapshotAt(uri, document.offsetAt(position), read);
  const before = snapshotAt(uri, document.offsetAt(selected.range.start), read);
  const after = snapshotAt(uri, document.offsetAt(selected.range.end), read);
  return {
    uri,
    offset: before.offset + selected.text.length,
    prefix: before.prefix + selected.text,
    suffix: after.suffix,
  };
}

/** VS Code's own limits. */
const MOST_LINES = 300_000;
const MOST_UNITS = 20 * 2 ** 20;

/** Whether VS Code leaves out what decorates the text of a document: suggestions then are there, but can not be seen. */
export function isTooLarge(document: vscode.TextDocument): boolean {
  const { lineCount } = document;
  const isLarge = lineCount > MOST_LINES || document.offsetAt(new vscode.Position(lineCount, 0)) > MOST_UNITS;
  return isLarge && vscode.workspace.getConfiguration('editor', document).get('largeFileOptimizations', true);
}

export function linesOf(document: vscode.TextDocument): Lines {
  return { count: document.lineCount, at: (line) => document.lineAt(line).text };
}

/** For the user: file, line and column. */
export function placeName(document: vscode.TextDocument, { line, character }: vscode.Position): string {
  return `${vscode.workspace.asRelativePath(document.uri)}:${line + 1}:${character + 1}`;
}

export function editorOf(document: vscode.TextDocument): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active?.document === document) return active;
  return vscode.window.visibleTextEditors.find((editor) => editor.document === document);
}

export function documentAt(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

/** One level of indentation. */
export function indentOf(editor: vscode.TextEditor | undefined): string | undefined {
  const { insertSpaces, indentSize, tabSize } = editor?.options ?? {};
  if (insertSpaces === false) return '\t';
  const width = typeof indentSize === 'number' ? indentSize : tabSize;
  return typeof width === 'number' && width > 0 ? ' '.repeat(width) : undefined;
}

export interface DocumentSettings {
  readonly enabled: boolean;
  readonly languages: Readonly<Record<string, boolean>>;
  readonly lines: 'auto' | 'single' | 'multi';
  readonly maxTokens: number;
  readonly budgetMs: number;
  readonly delay: number | null;
  readonly maxLineSuffix: number;
  readonly neighbours: boolean;
  readonly fim: boolean;
  readonly weights: WeightPrecision | undefined;
  readonly prefetch: boolean;
}

/** Documents whose settings are remembered: reading them takes longer than an answer from memory may. */
const REMEMBERED = 50;

/** What holds for the window. */
export interface WindowSettings {
  readonly enabled: boolean;
  readonly statistics: boolean;
}

/** The settings in force for a document, and for the window. */
export class SettingsOf implements vscode.Disposable {
  readonly #known = new Map<string, DocumentSettings>();
  #window: WindowSettings | undefined;
  readonly #change = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#change.event;
  readonly #subscription = vscode.workspace.onDidChangeConfiguration((event) => {
    if (!event.affectsConfiguration('cloze.completion')) return;
    this.#known.clear();
    this.#window = undefined;
    this.#change.fire();
  });

  get window(): WindowSettings {
    return (this.#window ??= {
      enabled: readSetting('completion.enabled'),
      statistics: readSetting('completion.statistics'),
    });
  }

  of(document: vscode.TextDocument): DocumentSettings {
    const uri = document.uri.toString();
    const known = this.#known.get(uri);
    if (known !== undefined) return known;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const settings = readSettings(document);
    this.#known.set(uri, settings);
    return settings;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#change.dispose();
  }
}

function readSettings(document: vscode.TextDocument): DocumentSettings {
  return {
    enabled: readSetting('completion.enabled', document),
    languages: readSetting('completion.languages', document),
    lines: readSetting('completion.lines', document),
    maxTokens: readSetting('completion.maxTokens', document),
    budgetMs: readSetting('completion.timeBudget', document),
    delay: readSetting('completion.delay', document),
    maxLineSuffix: readSetting('completion.maxLineSuffix', document),
    neighbours: readSetting('completion.neighbours', document),
    fim: readSetting('completion.fillInTheMiddle', document),
    weights: weightsSetting(),
    prefetch: readSetting('completion.prefetch', document),
  };
}
