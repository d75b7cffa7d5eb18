import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { BpeTokenizer } from './bpe.ts';
import { CharTokenizer } from './char.ts';
import {
  type AddedTokenJson,
  parsePart,
  type TokenizerJson,
  unsupported,
  VocabSchema,
} from './tokenizer-json-schema.ts';
import { ROBERTA_SPECIAL } from './tokenizer.ts';
import { readWordPiece, writeWordPiece } from './wordpiece-json.ts';
import type { WordPieceTokenizer } from './wordpiece.ts';

/**
 * tokenizer.json, the format of Hugging Face's `tokenizers`, for the three kinds that Cloze has; WordPiece's own parts are
 * in wordpiece-json.ts. A character tokenizer is a BPE without merges and without a pre-tokenizer: what is left of it is
 * one token a character.
 */

export type AnyTokenizer = BpeTokenizer | CharTokenizer | WordPieceTokenizer;

const byteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
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

/** The tokenizer that a tokenizer.json describes. Throws `tokenizer`, naming the first part that is not supported. */
export function fromTokenizerJson(json: TokenizerJson): AnyTokenizer {
  if (json.model.type === 'WordPiece') return readWordPiece(json, json.added_tokens.map(readAddedToken));
  if (json.model.type !== 'BPE') throw unsupported('model.type', 'BPE or WordPiece', json.model.type);
  if (json.normalizer) throw unsupported('normalizer', 'null', json.normalizer.type);
  if (json.post_processor && !['ByteLevel', 'RobertaProcessing'].includes(json.post_processor.type)) {
    throw unsupported('post_processor', 'null, ByteLevel or RobertaProcessing', json.post_processor.type);
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

function readAddedToken(token: AddedTokenJson): AddedToken {
  for (const option of ['single_word', 'rstrip'] as const) {
    if (token[option]) throw unsupported(`added token "${token.content}": ${option}`, 'false', 'true');
  }
  const { id, content, special, lstrip } = token;
  return { id, content, special, ...(lstrip ? { lstrip } : {}) };
}

function readByteLevel(where: string, value: { type: string }): void {
  if (value.type !== 'ByteLevel') throw unsupported(where, 'ByteLevel', value.type);
  const options = parsePart(where, byteLevel, value);
  if (options.add_prefix_space) throw unsupported(`${where}.add_prefix_space`, 'false', 'true');
  if (!options.use_regex) throw unsupported(`${where}.use_regex`, 'true', 'false');
}

/** The tokenizer.json of a tokenizer, as a value for JSON.stringify. */
export function toTokenizerJson(tokenizer: AnyTokenizer): Record<string, unknown> {
  const { vocab, addedTokens } = tokenizer.model;
  const all = new Map([...vocab, ...addedTokens.map(({ content, id }): [string, number] => [content, id])]);
  const sorted = Object.fromEntries([...all].sort((a, b) => a[1] - b[1]));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...addedTokens]
      .sort((a, b) => a.id - b.id)
      .map(({ id, content, special, lstrip = false }) => ({
        id,
        content,
        single_word: false,
        lstrip,
        rstrip: false,
        normalized: false,
        special,
      })),
    ...(tokenizer.kind === 'wordpiece' ? writeWordPiece(tokenizer, sorted) : writeBpe(tokenizer, sorted)),
  };
}

/** The parts of a byte-level BPE or of a character tokenizer. */
function writeBpe(
  tokenizer: BpeTokenizer | CharTokenizer,
  vocab: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const byteLevelPart = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const isBpe = tokenizer.kind === 'bpe';
  return {
    normalizer: null,
    pre_tokenizer: isBpe ? byteLevelPart : null,
    post_processor: isBpe ? (robertaFrame(tokenizer) ?? { ...byteLevelPart, trim_offsets: false }) : null,
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
      vocab,
      merges: isBpe ? tokenizer.model.merges.map((pair) => pair.join(' ')) : [],
    },
  };
}

/** How other libraries frame texts for an encoder: of a vocabulary that has RoBERTa's special tokens. */
function robertaFrame({ specialTokens }: BpeTokenizer): Record<string, unknown> | undefined {
  if (!Object.values(ROBERTA_SPECIAL).every((token) => specialTokens.has(token))) return undefined;
  const { cls, sep } = ROBERTA_SPECIAL;
  return {
    type: 'RobertaProcessing',
    sep: [sep, specialTokens.get(sep)],
    cls: [cls, specialTokens.get(cls)],
    trim_offsets: true,
    add_prefix_space: false,
  };
}
