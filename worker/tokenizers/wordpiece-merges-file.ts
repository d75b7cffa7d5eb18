import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { scoreOf } from './wordpiece-merges.ts';
import type { WordPieceMerge } from './wordpiece-model.ts';
import type { WordPieceTokenizer } from './wordpiece.ts';

/**
 * The merges that a WordPiece was trained by, beside its tokenizer.json, which has no place for them. Encoding does not need
 * them; they tell why a piece is there.
 */
const FILE = 'wordpiece_merges.json';

const FileSchema = z.array(z.tuple([z.string(), z.string(), z.string(), z.number(), z.number(), z.number()]));

/** Throws `disk`. */
export async function writeMerges(folder: string, merges: readonly WordPieceMerge[]): Promise<void> {
  const rows = merges.map(({ left, right, piece, count, leftCount, rightCount }) =>
    JSON.stringify([left, right, piece, count, leftCount, rightCount]),
  );
  await writeFileAtomic(join(folder, FILE), `[\n${rows.join(',\n')}\n]\n`);
}

/** The merges of a tokenizer's folder; undefined if it has none, or those of another tokenizer. Throws `tokenizer`. */
export async function readMerges(
  folder: string,
  tokenizer: WordPieceTokenizer,
): Promise<readonly WordPieceMerge[] | undefined> {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  const rows = await readJson(path, FileSchema, 'tokenizer');
  const first = tokenizer.vocabSize - rows.length; // merges have the last ids
  if (rows.some(([, , piece], i) => tokenizer.idToToken(first + i) !== piece)) return undefined;
  return rows.map(([left, right, piece, count, leftCount, rightCount]) => {
    const counts = { count, leftCount, rightCount };
    return { left, right, piece, ...counts, score: scoreOf(counts) };
  });
}
