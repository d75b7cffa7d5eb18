import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import type { AddedToken } from './added-tokens.ts';
import { type BpeModel, BpeTokenizer } from './bpe.ts';
import { CharTokenizer } from './char.ts';
import {
  type AddedTokenJson,
  parsePart,
  type TokenizerJson,
  unsupported,
  VocabSchema,
} from './tokenizer-json-schema.ts';
import type { OtherTokenizer } from './other-tokenizer.ts';
import { ROBERTA_SPECIAL } from './tokenizer.ts';
import { WORD_SPLITS, wordSplitOf } from './word-splits.ts';
import { readWordPiece, writeWordPiece } from './wordpiece-json.ts';
import type { WordPieceTokenizer } from './wordpiece.ts';

/**
 * tokenizer.json, the format of Hugging Face's `tokenizers`, for the three kinds that Cloze has itself; WordPiece's own parts are
 * in wordpiece-json.ts, and any other kind is in other-tokenizer.ts. A character tokenizer is a BPE without merges and without a pre-tokenizer: what is left of it is
 * one token a character.
 */

type OwnTokenizer = BpeTokenizer | CharTokenizer | WordPieceTokenizer;
export type AnyTokenizer = OwnTokenizer | OtherTokenizer;

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

/**
 * The tokenizer that a tokenizer.json describes, with the `eos_token` of the tokenizer_config.json beside it. Throws
 * {@link UnsupportedPart} for the first part that is not Cloze's own.
 */
export function fromTokenizerJson(json: TokenizerJson, eosToken?: string): OwnTokenizer {
  if (json.model.type === 'WordPiece') return readWordPiece(json, json.added_tokens.map(readAddedToken));
  if (json.model.type !== 'BPE') throw unsupported('model.type', 'BPE or WordPiece', json.model.type);
  const model = parsePart('model', BpeSchema, json.model);
  for (const option of [
    'dropout',
    'continuing_subword_prefix',
    'end_of_word_suffix',
    'byte_fallback',
  ] as const) {
    if (model[option]) throw unsupported(`model.${option}`, 'none', String(model[option]));
  }
  const addedTokens = json.added_tokens.map(readAddedToken);
  if (json.pre_tokenizer) {
    const bpe = readBpe(json, json.pre_tokenizer, model, addedTokens);
    return new BpeTokenizer({ ...bpe, eosToken });
  }
  if (json.normalizer) throw unsupported('normalizer', 'null', json.normalizer.type);
  if (json.post_processor) throw unsupported('post_processor', 'null', json.post_processor.type);
  if (model.merges.length > 0) throw unsupported('pre_tokenizer', 'one of byte-level BPE');
  if (json.decoder?.type !== 'Fuse') throw unsupported('decoder', 'Fuse', json.decoder?.type);
  return new CharTokenizer({ vocab: model.vocab, addedTokens, unknownToken: model.unk_token ?? undefined });
}

function readBpe(
  json: TokenizerJson,
  preTokenizer: NonNullable<TokenizerJson['pre_tokenizer']>,
  { vocab, merges, ignore_merges: wholeWords }: z.output<typeof BpeSchema>,
  addedTokens: readonly AddedToken[],
): BpeModel {
  const split = wordSplitOf(preTokenizer);
  if (split === undefined) {
    const published = Object.keys(WORD_SPLITS).join(', ');
    throw unsupported('pre_tokenizer', `byte-level words as of ${published}`, preTokenizer.type);
  }
  if (json.decoder?.type !== 'ByteLevel') throw unsupported('decoder', 'ByteLevel', json.decoder?.type);
  return {
    vocab,
    merges: parseMerges(merges),
    addedTokens,
    ...(split === 'gpt2' ? {} : { split }),
    ...(composes(json) ? { composes: true } : {}),
    ...(wholeWords === true ? { wholeWords } : {}),
    ...(isUsualFrame(json.post_processor) ? {} : { frame: json.post_processor }),
  };
}

/** Whether texts are composed first. */
function composes({ normalizer, added_tokens: tokens }: TokenizerJson): boolean {
  if (!normalizer) return false;
  if (normalizer.type !== 'NFC') throw unsupported('normalizer', 'null or NFC', normalizer.type);
  const normalized = tokens.find((token) => token.normalized); // found as they are written, before that
  if (normalized) throw unsupported(`added token "${normalized.content}": normalized`, 'false', 'true');
  return true;
}

/** Whether a file says nothing of how texts are framed that is not known here. */
function isUsualFrame(frame: TokenizerJson['post_processor']): frame is null | undefined {
  return !frame || frame.type === 'ByteLevel' || frame.type === 'RobertaProcessing';
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

/** The tokenizer.json of a tokenizer, as a value for JSON.stringify. */
export function toTokenizerJson(tokenizer: AnyTokenizer): Record<string, unknown> {
  if (tokenizer.kind === 'other') return tokenizer.json;
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
  const byteLevel = WORD_SPLITS.gpt2.json;
  const isBpe = tokenizer.kind === 'bpe';
  return {
    normalizer: isBpe && tokenizer.model.composes === true ? { type: 'NFC' } : null,
    pre_tokenizer: isBpe ? WORD_SPLITS[tokenizer.model.split ?? 'gpt2'].json : null,
    post_processor: isBpe ? frameOf(tokenizer) : null,
    decoder: isBpe ? byteLevel : { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: isBpe ? null : (tokenizer.model.unknownToken ?? null),
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: isBpe && tokenizer.model.wholeWords === true,
      vocab,
      merges: isBpe ? tokenizer.model.merges.map((pair) => pair.join(' ')) : [],
    },
  };
}

function frameOf(tokenizer: BpeTokenizer): Readonly<Record<string, unknown>> {
  const byteLevel = { ...WORD_SPLITS.gpt2.json, trim_offsets: false };
  return tokenizer.model.frame ?? robertaFrame(tokenizer) ?? byteLevel;
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
