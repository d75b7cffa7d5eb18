/** What the page shows of a content: the columns that have tokens, and what went wrong with the others. */
import type { Problem } from '../protocol/problem.ts';
import type { TokenizerContent } from '../protocol/tokenizer.ts';
import { type BoundaryComparison, compareBoundaries } from './boundaries.ts';
import type { RibbonColumnModel } from './ribbon.ts';
import { TokenColumn } from './token-column.ts';

export interface Contents {
  readonly content: TokenizerContent;
  readonly columns: readonly RibbonColumnModel[];
  readonly problems: readonly Problem[];
  /** Of two columns. */
  readonly boundaries: BoundaryComparison | undefined;
}

export function contentsOf(content: TokenizerContent): Contents {
  const columns: RibbonColumnModel[] = [];
  const problems: Problem[] = [];
  for (const column of content.columns) {
    if ('problem' in column) problems.push(column.problem);
    else
      columns.push({
        slot: column.slot,
        label: column.label,
        column: new TokenColumn(content.text, column.tokens),
      });
  }
  const [main, other] = columns;
  const boundaries =
    main === undefined || other === undefined ? undefined : compareBoundaries(main.column, other.column);
  return { content, columns, problems, boundaries };
}
