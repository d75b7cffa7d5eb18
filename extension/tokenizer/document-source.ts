import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Range } from '../../webview/protocol/tokenizer.ts';
import type { Edit } from './ranges.ts';
import type { Source } from './session.ts';

/** A document of VS Code, in offsets. */
export class DocumentSource implements Source {
  readonly document: vscode.TextDocument;

  constructor(document: vscode.TextDocument) {
    this.document = document;
  }

  get name(): string {
    return basename(this.document.uri.path);
  }

  get isClosed(): boolean {
    return this.document.isClosed;
  }

  get version(): number {
    return this.document.version;
  }

  get length(): number {
    const { lineCount } = this.document;
    return this.document.offsetAt(this.document.lineAt(lineCount - 1).range.end);
  }

  text(range: Range): string {
    return this.document.getText(this.positions(range));
  }

  lineAt(offset: number): number {
    return this.document.positionAt(offset).line;
  }

  positions({ from, to }: Range): vscode.Range {
    return new vscode.Range(this.document.positionAt(from), this.document.positionAt(to));
  }

  offsets({ start, end }: vscode.Range): Range {
    return { from: this.document.offsetAt(start), to: this.document.offsetAt(end) };
  }
}

export function editsOf(changes: readonly vscode.TextDocumentContentChangeEvent[]): Edit[] {
  return changes.map(({ rangeOffset, rangeLength, text }) => ({
    offset: rangeOffset,
    length: rangeLength,
    inserted: text.length,
  }));
}
