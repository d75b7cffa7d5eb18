import * as z from 'zod';
import type { AddedToken } from './added-tokens.ts';
import { parsePart, refused, type TokenizerJson, unsupported, VocabSchema } from './tokenizer-json-schema.ts';
import { BERT_SPECIAL } from './tokenizer.ts';
import { BERT_MODEL } from './wordpiece-model.ts';
import { WordPieceTokenizer } from './wordpiece.ts';

/** The parts of a tokenizer.json that BERT's tokenizer has: BertNormalizer, BertPreTokenizer, WordPiece and its frame. */

const NormalizerSchema = z.looseObject({
  type: z.literal('BertNormalizer'),
  clean_text: z.boolean().default(true),
  handle_chinese_chars: z.boolean().default(true),
  strip_accents: z.boolean().nullish(),
  lowercase: z.boolean().default(true),
});

const ModelSchema = z.looseObject({
  vocab: VocabSchema,
  unk_token: z.string().default(BERT_MODEL.unknownToken),
  continuing_subword_prefix: z.string().min(1).default(BERT_MODEL.continuingPrefix),
  max_input_chars_per_word: z.int().positive().default(BERT_MODEL.longestWord),
});

const DecoderSchema = z.looseObject({
  type: z.literal('WordPiece'),
  prefix: z.string().default(BERT_MODEL.continuingPrefix),
  cleanup: z.boolean().default(true),
});

/** Throws `tokenizer`, naming the first part that is not supported. */
export function readWordPiece(json: TokenizerJson, addedTokens: readonly AddedToken[]): WordPieceTokenizer {
  const { pre_tokenizer, decoder } = json;
  if (json.normalizer?.type !== 'BertNormalizer') {
    throw unsupported('normalizer', 'BertNormalizer', json.normalizer?.type);
  }
  if (pre_tokenizer?.type !== 'BertPreTokenizer') {
    throw unsupported('pre_tokenizer', 'BertPreTokenizer', pre_tokenizer?.type);
  }
  if (decoder && decoder.type !== 'WordPiece') throw unsupported('decoder', 'WordPiece', decoder.type);
  checkFrame(json.post_processor);
  // A token is found as it is written, and the text's case and accents are still there then.
  const normalized = json.added_tokens.find(({ normalized }) => normalized);
  if (normalized) throw unsupported(`added token "${normalized.content}": normalized`, 'false', 'true');
  const normalizer = parsePart('normalizer', NormalizerSchema, json.normalizer);
  const model = parsePart('model', ModelSchema, json.model);
  const { prefix, cleanup } = parsePart('decoder', DecoderSchema, decoder ?? { type: 'WordPiece' });
  if (prefix !== model.continuing_subword_prefix) {
    throw unsupported('decoder.prefix', model.continuing_subword_prefix, prefix);
  }
  return new WordPieceTokenizer({
    vocab: model.vocab,
    addedTokens,
    normalizer: {
      cleanText: normalizer.clean_text,
      handleChineseChars: normalizer.handle_chinese_chars,
      stripAccents: normalizer.strip_accents ?? null,
      lowercase: normalizer.lowercase,
    },
    unknownToken: model.unk_token,
    continuingPrefix: model.continuing_subword_prefix,
    longestWord: model.max_input_chars_per_word,
    cleanup,
  });
}

const TemplateSchema = z.looseObject({
  single: z.array(z.record(z.string(), z.looseObject({ id: z.string(), type_id: z.int() }))),
  pair: z.array(z.record(z.string(), z.looseObject({ id: z.string(), type_id: z.int() }))),
});

/** Cloze frames texts itself, as BERT does (pairs.ts): a file that asks for another frame is not one of BERT's. */
function checkFrame(frame: TokenizerJson['post_processor']): void {
  if (!frame || frame.type === 'BertProcessing') return;
  if (frame.type !== 'TemplateProcessing') {
    throw refused('post_processor', 'null, BertProcessing or TemplateProcessing', frame.type);
  }
  const template = parsePart('post_processor', TemplateSchema, frame);
  for (const key of ['single', 'pair'] as const) {
    const spelled = (items: typeof template.single): string =>
      items.flatMap((item) => Object.values(item).map(({ id, type_id }) => `${id}:${type_id}`)).join(' ');
    const expected = spelled(TEMPLATE[key]);
    const found = spelled(template[key]);
    if (found !== expected) throw refused(`post_processor.${key}`, expected, found);
  }
}

const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
const { cls, sep } = BERT_SPECIAL;
const first = [special(cls, 0), text('A', 0), special(sep, 0)];
const TEMPLATE = { single: first, pair: [...first, text('B', 1), special(sep, 1)] };

/** The parts of the file beside its added tokens. */
export function writeWordPiece(
  tokenizer: WordPieceTokenizer,
  vocab: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const { normalizer, unknownToken, continuingPrefix, longestWord, cleanup } = tokenizer.model;
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: normalizer.cleanText,
      handle_chinese_chars: normalizer.handleChineseChars,
      strip_accents: normalizer.stripAccents,
      lowercase: normalizer.lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: writeFrame(tokenizer),
    decoder: { type: 'WordPiece', prefix: continuingPrefix, cleanup },
    model: {
      type: 'WordPiece',
      unk_token: unknownToken,
      continuing_subword_prefix: continuingPrefix,
      max_input_chars_per_word: longestWord,
      vocab,
    },
  };
}

/** Null for a vocabulary without the tokens of a frame. */
function writeFrame(tokenizer: WordPieceTokenizer): Record<string, unknown> | null {
  const ids = [cls, sep].map((token) => tokenizer.tokenToId(token));
  if (ids.includes(undefined)) return null;
  return {
    type: 'TemplateProcessing',
    ...TEMPLATE,
    special_tokens: Object.fromEntries(
      [cls, sep].map((token, i) => [token, { id: token, ids: [ids[i]], tokens: [token] }]),
    ),
  };
}
