/** Code so regular that a tiny model knows it by heart after seconds of training: what it suggests is known, too. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The form that trains on it. 150 steps of 4 x 128 tokens, 120,000 parameters. */
export const TOTALS_FORM = {
  model: 'gpt-nano',
  tokenizer: 'bpe:300',
  provider: 'cpu',
  training: {
    ...{ steps: 150, batch: 4, lr: 1e-2, warmup: 10, seed: 1, fimRate: 0.5 },
    ...{ evalEvery: 1000, checkpointEvery: 1000, sampleEvery: 0, patience: 0 },
  },
} as const;

/** A file to write in; its text before the cursor is like no other's. */
export function draftText(number: number): string {
  return `${total(number).split('\n').slice(0, 2).join('\n')}\n  \n`;
}

/** Where one goes on in it: after the blanks of its third line. Counted from 1. */
export const DRAFT_PLACE = { line: 3, column: 3 } as const;

/** What one types there, and what the model then suggests. */
export const TYPED = 'fo';
export const SUGGESTED = 'r (const item of items) {';

/** Writes the files to train on. */
export function writeTotals(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < 8; file++) {
    const functions = Array.from({ length: 20 }, (_, i) => total(20 * file + i));
    writeFileSync(join(folder, `totals-${file}.ts`), functions.join('\n'));
  }
}

function total(number: number): string {
  return `export function total${number}(items: Item[]): number {
  let total = 0;
  for (const item of items) {
    total = total + item.price;
  }
  return total;
}
`;
}
