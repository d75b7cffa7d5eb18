import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClozeError, messageOf } from '../base/errors.ts';
import { diskError, readJson, writeFileAtomic } from '../base/files.ts';
import { BpeTokenizer } from './bpe.ts';
import type { CharTokenizer } from './char.ts';
import {
  fromTokenizerJson,
  parseMerges,
  TokenizerJsonSchema,
  toTokenizerJson,
  VocabSchema,
} from './tokenizer-json.ts';
import { SPECIAL } from './tokenizer.ts';

/** The files of a folder that may hold its tokenizer. */
export const TOKENIZER_FILES = ['tokenizer.json', 'vocab.json', 'merges.txt'] as const;

/**
 * Reads the tokenizer of a model folder: its tokenizer.json, or GPT-2's vocab.json and merges.txt.
 * Throws `tokenizer`, naming the file and what in it was not expected.
 */
export async function loadTokenizer(folder: string): Promise<BpeTokenizer | CharTokenizer> {
  const path = join(folder, 'tokenizer.json');
  if (existsSync(path)) {
    const json = await readJson(path, TokenizerJsonSchema, 'tokenizer');
    return inFile(path, () => fromTokenizerJson(json));
  }
  const vocabPath = join(folder, 'vocab.json');
  const mergesPath = join(folder, 'merges.txt');
  if (!existsSync(vocabPath) || !existsSync(mergesPath)) {
    throw new ClozeError(
      'tokenizer',
      `${folder} has no tokenizer: expected tokenizer.json, or vocab.json and merges.txt`,
      {
        hint: 'train one with `cloze tokenizer train`, or copy the file from the model that you want to use',
        details: { folder },
      },
    );
  }
  const vocab = await readJson(vocabPath, VocabSchema, 'tokenizer');
  const lines = (await readFile(mergesPath, 'utf8')).split(/\r?\n/);
  const addedTokens = Object.values(SPECIAL).flatMap((content) => {
    const id = vocab.get(content);
    return id === undefined ? [] : [{ id, content, special: true }];
  });
  return inFile(mergesPath, () => {
    const merges = parseMerges(lines.filter((line) => line !== '' && !line.startsWith('#version')));
    return new BpeTokenizer({ vocab, merges, addedTokens });
  });
}

/**
 * Writes tokenizer.json and tokenizer_config.json into a folder, which is made if it is not there. Hugging Face's
 * libraries load them as a PreTrainedTokenizerFast. Throws `disk`.
 */
export async function saveTokenizer(folder: string, tokenizer: BpeTokenizer | CharTokenizer): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskError(folder, error);
  }
  const json = JSON.stringify(toTokenizerJson(tokenizer), null, 2);
  await writeFileAtomic(join(folder, 'tokenizer.json'), `${json}\n`);
  const config = JSON.stringify(tokenizerConfig(tokenizer), null, 2);
  await writeFileAtomic(join(folder, 'tokenizer_config.json'), `${config}\n`);
}

/** Which special token plays which role; the vocabulary itself is in tokenizer.json. */
function tokenizerConfig(tokenizer: BpeTokenizer | CharTokenizer): Record<string, unknown> {
  const special = tokenizer.specialTokens;
  const endOfText = special.has(SPECIAL.endOfText) ? SPECIAL.endOfText : null;
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    bos_token: endOfText,
    eos_token: endOfText,
    pad_token: special.has(SPECIAL.fimPad) ? SPECIAL.fimPad : null,
    unk_token: tokenizer.kind === 'char' ? (tokenizer.model.unknownToken ?? null) : null,
  };
}

/** Runs `read` and names the file in what it throws. */
function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ClozeError('tokenizer', `${path}: ${messageOf(error)}`, {
      cause: error,
      ...(error instanceof ClozeError ? { hint: error.hint, details: { path, ...error.details } } : {}),
    });
  }
}
