/** The token files that a run keeps, so that it goes on with what it began with, whatever becomes of its data. */
import { join } from 'node:path';
import { linkOrCopy } from '../base/files.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import type { Corpus } from './corpus.ts';
import { openIfWhole, type TokenFile } from './token-file.ts';

/** What a run trains on and is judged by. Both are the caller's to close. */
export type CorpusTokens = Pick<Corpus, 'train' | 'validation'>;

const TRAIN = 'train.tokens';
const VALIDATION = 'validation.tokens';

/**
 * Puts both token files in a folder, whole or not at all. They take no space of their own where hard links are
 * possible: a token file never changes, one made anew takes its place. Throws `disk`, and `usage` if the folder holds
 * something else.
 */
export function keepTokens(folder: string, { train, validation }: CorpusTokens): void {
  replaceFolder(
    folder,
    (temporary) => {
      linkOrCopy(train.path, join(temporary, TRAIN));
      linkOrCopy(validation.path, join(temporary, VALIDATION));
    },
    (entry) => entry === TRAIN || entry === VALIDATION,
  );
}

/** What {@link keepTokens} put there, or undefined if one of the files is missing or damaged. Throws `data`. */
export function openKeptTokens(folder: string): CorpusTokens | undefined {
  const opened: TokenFile[] = [];
  try {
    for (const name of [TRAIN, VALIDATION]) {
      const file = openIfWhole(join(folder, name));
      if (file !== undefined) opened.push(file);
    }
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
  const [train, validation] = opened;
  if (train !== undefined && validation !== undefined) return { train, validation };
  train?.close();
  return undefined;
}

export function closeTokens({ train, validation }: CorpusTokens): void {
  train.close();
  validation.close();
}
