import { MARK } from '../../worker/protocol/tokenizer.ts';
import type { TokenColumn } from './token-column.ts';

/** Where two tokenizers cut a text: boundaries between characters; those inside one are left out. */
export interface BoundaryComparison {
  readonly shared: number;
  readonly onlyMain: number;
  readonly onlyOther: number;
  /** Of each token: 1 if the other tokenizer does not cut where it ends. */
  readonly main: Uint8Array;
  readonly other: Uint8Array;
}

/** Two views of the same text. The text's own end is no boundary. */
export function compareBoundaries(main: TokenColumn, other: TokenColumn): BoundaryComparison {
  const marks = { main: new Uint8Array(main.count), other: new Uint8Array(other.count) };
  const counts = { shared: 0, onlyMain: 0, onlyOther: 0 };
  const { length } = main.text;
  let i = 0;
  let j = 0;
  for (;;) {
    while (i < main.count && main.has(i, MARK.insideCharacter)) i++;
    while (j < other.count && other.has(j, MARK.insideCharacter)) j++;
    const here = i < main.count ? main.end(i) : length;
    const there = j < other.count ? other.end(j) : length;
    if (here === length && there === length) return { ...counts, ...marks };
    if (here === there) {
      counts.shared++;
      i++;
      j++;
    } else if (here < there) {
      counts.onlyMain++;
      marks.main[i++] = 1;
    } else {
      counts.onlyOther++;
      marks.other[j++] = 1;
    }
  }
}
