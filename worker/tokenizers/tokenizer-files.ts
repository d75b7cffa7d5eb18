import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ClozeError, messageOf } from '../base/errors.ts';
import { diskError, readJson, writeFileAtomic } from '../base/files.ts';
import { BpeTokenizer } from './bpe.ts';
import { bosFrame } from './frame.ts';
import { OtherTokenizer } from './other-tokenizer.ts';
import {
  type TokenizerJson,
  TokenizerJsonSchema,
  UnsupportedPart,
  VocabSchema,
} from './tokenizer-json-schema.ts';
import { type AnyTokenizer, fromTokenizerJson, parseMerges, toTokenizerJson } from './tokenizer-json.ts';
import { BERT_SPECIAL, ROBERTA_SPECIAL, SPECIAL } from './tokenizer.ts';
import { readVocabFile, writeVocabFile } from './wordpiece-files.ts';
import type { WordPieceTokenizer } from './wordpiece.ts';

/** Whether a folder has a file with a vocabulary. */
export function hasTokenizer(folder: string): boolean {
  return ['tokenizer.json', 'vocab.json', 'vocab.txt'].some((name) => existsSync(join(folder, name)));
}

/**
 * Reads the tokenizer of a model folder: its tokenizer.json, GPT-2's or RoBERTa's vocab.json and merges.txt, or BERT's
 * vocab.txt. Throws `tokenizer`, naming the file and what in it was not expected.
 */
export async function loadTokenizer(folder: string): Promise<AnyTokenizer> {
  const path = join(folder, 'tokenizer.json');
  const roles = await readRoles(join(folder, 'tokenizer_config.json'));
  if (existsSync(path)) {
    const json = await readJson(path, TokenizerJsonSchema, 'tokenizer');
    return readTokenizer(path, json, roles.eos);
  }
  const vocabPath = join(folder, 'vocab.json');
  const mergesPath = join(folder, 'merges.txt');
  if (!existsSync(vocabPath) || !existsSync(mergesPath)) {
    const vocabFile = join(folder, 'vocab.txt');
    if (existsSync(vocabFile)) return readVocabFile(vocabFile, join(folder, 'tokenizer_config.json'));
    throw new ClozeError(
      'tokenizer',
      `${folder} has no tokenizer: expected tokenizer.json, vocab.json and merges.txt, or vocab.txt`,
      {
        hint: isSentencePiece(folder)
          ? CONVERT
          : 'train one with `cloze tokenizer train`, or copy the file from the model that you want to use',
        details: { folder },
      },
    );
  }
  const vocab = await readJson(vocabPath, VocabSchema, 'tokenizer');
  const lines = (await readFile(mergesPath, 'utf8')).split(/\r?\n/);
  const isEncoder = Object.values(ROBERTA_SPECIAL).every((token) => vocab.has(token));
  const { bos, eos } = roles;
  const names = new Set([
    ...Object.values(SPECIAL),
    ...(isEncoder ? Object.values(ROBERTA_SPECIAL) : []),
    ...[bos, eos].filter((token) => token !== undefined),
  ]);
  const addedTokens = [...names].flatMap((content) => {
    const id = vocab.get(content);
    if (id === undefined) return [];
    return [{ id, content, special: true, ...(content === ROBERTA_SPECIAL.mask ? { lstrip: true } : {}) }];
  });
  return inFile(mergesPath, () => {
    const merges = parseMerges(lines.filter((line) => line !== '' && !line.startsWith('#version')));
    const bosId = bos === undefined ? undefined : vocab.get(bos);
    const frame = bosId === undefined ? {} : { frame: bosFrame(bos!, bosId) };
    return new BpeTokenizer({ vocab, merges, addedTokens, ...frame, eosToken: eos });
  });
}

const TokenSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const RolesSchema = z.looseObject({
  add_bos_token: z.boolean().nullish(),
  bos_token: TokenSchema,
  eos_token: TokenSchema,
});

/**
 * What a tokenizer_config.json says of the tokens around texts: the one that is put before each, and the one that ends them. Who
 * has a tokenizer.json asks for the second only: its post-processor says the first, as transformers 5 has it.
 */
async function readRoles(path: string): Promise<{ readonly bos?: string; readonly eos?: string }> {
  if (!existsSync(path)) return {};
  const {
    add_bos_token: isAdded,
    bos_token: bos,
    eos_token: eos,
  } = await readJson(path, RolesSchema, 'tokenizer');
  return { ...(isAdded === true && bos ? { bos } : {}), ...(eos ? { eos } : {}) };
}

const CONVERT =
  'its tokenizer is a SentencePiece model: in Python, AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) writes its tokenizer.json';

function isSentencePiece(folder: string): boolean {
  return ['tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model'].some((name) =>
    existsSync(join(folder, name)),
  );
}

/** By Cloze's own readers, or where they do not know a part, by Hugging Face's library. Throws `tokenizer`. */
async function readTokenizer(
  path: string,
  json: TokenizerJson,
  eosToken: string | undefined,
): Promise<AnyTokenizer> {
  let unsupported: UnsupportedPart;
  try {
    return inFile(path, () => fromTokenizerJson(json, eosToken));
  } catch (error) {
    if (!(error instanceof ClozeError && error.cause instanceof UnsupportedPart)) throw error;
    unsupported = error.cause;
  }
  try {
    return await OtherTokenizer.from(json, eosToken);
  } catch (error) {
    const { message, hint } = unsupported;
    const theirs = `and Hugging Face's library does not read it: ${messageOf(error)}`;
    throw new ClozeError('tokenizer', `${path}: ${message}, ${theirs}`, { hint: hint ?? '', cause: error });
  }
}

/**
 * Writes tokenizer.json and tokenizer_config.json into a folder, which is made if it is not there. Hugging Face's
 * libraries load them as a PreTrainedTokenizerFast, a WordPiece as BERT's, with its vocab.txt. Throws `disk`.
 */
export async function saveTokenizer(folder: string, tokenizer: AnyTokenizer): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskError(folder, error);
  }
  const json = JSON.stringify(toTokenizerJson(tokenizer), null, 2);
  await writeFileAtomic(join(folder, 'tokenizer.json'), `${json}\n`);
  const config = JSON.stringify(tokenizerConfig(tokenizer), null, 2);
  await writeFileAtomic(join(folder, 'tokenizer_config.json'), `${config}\n`);
  if (tokenizer.kind === 'wordpiece') await writeVocabFile(join(folder, 'vocab.txt'), tokenizer);
}

/** Which special token plays which role; the vocabulary itself is in tokenizer.json. */
function tokenizerConfig(tokenizer: AnyTokenizer): Record<string, unknown> {
  if (tokenizer.kind === 'wordpiece') return bertConfig(tokenizer);
  if (Object.values(ROBERTA_SPECIAL).every((token) => tokenizer.specialTokens.has(token))) {
    return {
      tokenizer_class: 'RobertaTokenizer',
      add_prefix_space: false,
      clean_up_tokenization_spaces: false,
      ...roles(ROBERTA_SPECIAL),
      bos_token: ROBERTA_SPECIAL.cls,
      eos_token: ROBERTA_SPECIAL.sep,
    };
  }
  const special = tokenizer.specialTokens;
  const token = (id: number | undefined): string | null =>
    id === undefined ? null : (tokenizer.idToToken(id) ?? null);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    bos_token: token(tokenizer.bosId ?? tokenizer.eosId),
    eos_token: token(tokenizer.eosId),
    pad_token: special.has(SPECIAL.fimPad) ? SPECIAL.fimPad : null,
    unk_token: tokenizer.kind === 'char' ? (tokenizer.model.unknownToken ?? null) : null,
  };
}

/** As BertTokenizer takes it. Only the roles whose token the vocabulary has are named. */
function bertConfig(tokenizer: WordPieceTokenizer): Record<string, unknown> {
  const { lowercase, stripAccents, handleChineseChars } = tokenizer.model.normalizer;
  const known = Object.entries(BERT_SPECIAL).filter(([, token]) => tokenizer.tokenToId(token) !== undefined);
  return {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: lowercase,
    strip_accents: stripAccents,
    tokenize_chinese_chars: handleChineseChars,
    clean_up_tokenization_spaces: false,
    ...roles(Object.fromEntries(known)),
    unk_token: tokenizer.model.unknownToken,
  };
}

/** Special tokens under the names that Hugging Face's libraries give their roles. */
function roles(tokens: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens).map(([role, token]) => [`${role}_token`, token]));
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
