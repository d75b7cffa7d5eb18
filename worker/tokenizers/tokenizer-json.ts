import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { checked } from '../base/checked.ts';
import type { AddedToken } from './added-tokens.ts';
import { BpeTokenizer } from './bpe.ts';
import { CharTokenizer } from './char.ts';
import { MAX_VOCAB_SIZE } from './tokenizer.ts';

/**
 * tokenizer.json, the format of Hugging Face's `tokenizers`, for the two kinds that Cloze has. A character tokenizer
 * is a BPE without merges and without a pre-tokenizer: what is left of it is one token a character.
 */

const id = z
  .int()
  .min(0)
  .max(MAX_VOCAB_SIZE - 1);

/** Kept away from z.record, which drops a token named __proto__. */
export const VocabSchema = z
  .custom<Record<string, number>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((token) => id.safeParse(token).success),
    `expected an object of token: id, with ids from 0 to ${MAX_VOCAB_SIZE - 1}`,
  )
  .transform((vocab): ReadonlyMap<string, number> => new Map(Object.entries(vocab)));

const component = z.looseObject({ type: z.string() }).nullish();
const byteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
});

const AddedTokenSchema = z.looseObject({
  id,
  content: z.string().min(1),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
});

const BpeSchema = z.looseObject({
  vocab: VocabSchema,
  merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  dropout: z.number().nullish(),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
});

/** The parts of the file that decide which kind of tokenizer it is. */
export const TokenizerJsonSchema = z.looseObject({
  added_tokens: z.array(AddedTokenSchema).default([]),
  normalizer: component,
  pre_tokenizer: component,
  post_processor: component,
  decoder: component,
  /** Files from before 2021 have no model.type. */
  model: z.looseObject({ type: z.string().default('BPE') }),
});

export type TokenizerJson = z.infer<typeof TokenizerJsonSchema>;

/** The tokenizer that a tokenizer.json describes. Throws `tokenizer`, naming the first part that is not supported. */
export function fromTokenizerJson(json: TokenizerJson): BpeTokenizer | CharTokenizer {
  if (json.model.type !== 'BPE') throw unsupported('model.type', 'BPE', json.model.type);
  if (json.normalizer) throw unsupported('normalizer', 'null', json.normalizer.type);
  if (json.post_processor && json.post_processor.type !== 'ByteLevel') {
    throw unsupported('post_processor', 'null or ByteLevel', json.post_processor.type);
  }
  const model = parsePart('model', BpeSchema, json.model);
  for (const option of [
    'dropout',
    'continuing_subword_prefix',
    'end_of_word_suffix',
    'byte_fallback',
    'ignore_merges',
  ] as const) {
    if (model[option]) throw unsupported(`model.${option}`, 'none', String(model[option]));
  }
  const addedTokens = json.added_tokens.map(readAddedToken);
  const merges = parseMerges(model.merges);
  if (json.pre_tokenizer) {
    readByteLevel('pre_tokenizer', json.pre_tokenizer);
    if (json.decoder?.type !== 'ByteLevel') throw unsupported('decoder', 'ByteLevel', json.decoder?.type);
    return new BpeTokenizer({ vocab: model.vocab, merges, addedTokens });
  }
  if (merges.length > 0) throw unsupported('pre_tokenizer', 'ByteLevel', 'none');
  if (json.decoder?.type !== 'Fuse') throw unsupported('decoder', 'Fuse', json.decoder?.type);
  return new CharTokenizer({ vocab: model.vocab, addedTokens, unknownToken: model.unk_token ?? undefined });
}

/** Merges written "left right" or as pairs. */
export function parseMerges(merges: readonly (string | readonly [string, string])[]): [string, string][] {
  return merges.map((merge, rank) => {
    const parts = typeof merge === 'string' ? merge.split(' ') : merge;
    if (parts.length === 2) return [parts[0], parts[1]];
    throw new ClozeError('tokenizer', `merge ${rank}: expected "left right", got ${JSON.stringify(merge)}`);
  });
}

function readAddedToken(token: z.infer<typeof AddedTokenSchema>): AddedToken {
  for (const option of ['single_word', 'lstrip', 'rstrip'] as const) {
    if (token[option]) throw unsupported(`added token "${token.content}": ${option}`, 'false', 'true');
  }
  return { id: token.id, content: token.content, special: token.special };
}

function readByteLevel(where: string, value: { type: string }): void {
  if (value.type !== 'ByteLevel') throw unsupported(where, 'ByteLevel', value.type);
  const options = parsePart(where, byteLevel, value);
  if (options.add_prefix_space) throw unsupported(`${where}.add_prefix_space`, 'false', 'true');
  if (!options.use_regex) throw unsupported(`${where}.use_regex`, 'true', 'false');
}

function parsePart<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  return checked(value, schema, where, 'tokenizer');
}

function unsupported(where: string, expected: string, found = 'none'): ClozeError {
  return new ClozeError('tokenizer', `${where}: expected ${expected}, found ${found}`, {
    hint: 'Cloze reads byte-level BPE as GPT-2 has it, and character tokenizers',
    details: { where, expected, found },
  });
}

/** The tokenizer.json of a tokenizer, as a value for JSON.stringify. */
export function toTokenizerJson(tokenizer: BpeTokenizer | CharTokenizer): Record<string, unknown> {
  const { vocab, addedTokens } = tokenizer.model;
  const all = new Map([...vocab, ...addedTokens.map(({ content, id }): [string, number] => [content, id])]);
  const byteLevelPart = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const isBpe = tokenizer.kind === 'bpe';
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...addedTokens]
      .sort((a, b) => a.id - b.id)
      .map(({ id, content, special }) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special,
      })),
    normalizer: null,
    pre_tokenizer: isBpe ? byteLevelPart : null,
    post_processor: isBpe ? { ...byteLevelPart, trim_offsets: false } : null,
    decoder: isBpe ? byteLevelPart : { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: isBpe ? null : (tokenizer.model.unknownToken ?? null),
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...all].sort((a, b) => a[1] - b[1])),
      merges: isBpe ? tokenizer.model.merges.map((pair) => pair.join(' ')) : [],
    },
  };
}
