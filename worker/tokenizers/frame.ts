/**
 * The tokens around texts: what a `post_processor` puts before them (https://huggingface.co/docs/tokenizers/api/post-processors),
 * and what ends them.
 */
import * as z from 'zod';
import { parsePart } from './tokenizer-json-schema.ts';
import { BERT_SPECIAL, ROBERTA_SPECIAL, SPECIAL } from './tokenizer.ts';

/** The `post_processor` of a tokenizer.json. */
export type Frame = Readonly<Record<string, unknown>>;

const SequenceSchema = z.looseObject({ processors: z.array(z.looseObject({ type: z.string() })) });
const TemplateSchema = z.looseObject({
  single: z.array(z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }).optional() })),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.tuple([z.int().min(0)], z.int()) })),
});

/**
 * The token that goes before every text, as Llama's has it; undefined where there is none, and where the vocabulary is that of
 * an encoder, whose texts are framed elsewhere (pairs.ts). Throws `tokenizer`.
 */
export function bosIdOf(
  frame: Frame | null | undefined,
  specialTokens: ReadonlyMap<string, number>,
): number | undefined {
  if (!frame || isOfEncoder(specialTokens)) return undefined;
  const isSequence = frame.type === 'Sequence';
  const parts = isSequence ? parsePart('post_processor', SequenceSchema, frame).processors : [frame];
  const template = parts.find(({ type }) => type === 'TemplateProcessing');
  if (template === undefined) return undefined;
  const { single, special_tokens } = parsePart('post_processor', TemplateSchema, template);
  const first = single[0]?.SpecialToken;
  return first && special_tokens[first.id]?.ids[0];
}

/**
 * The token that ends a document: `<|endoftext|>`, or where the vocabulary lacks it the `eos_token` of tokenizer_config.json, as
 * Llama's `<|end_of_text|>`; undefined where there is neither, and where the vocabulary is that of an encoder without the first.
 */
export function eosIdOf(
  eosToken: string | undefined,
  specialTokens: ReadonlyMap<string, number>,
): number | undefined {
  const own = specialTokens.get(SPECIAL.endOfText);
  if (own !== undefined || eosToken === undefined || isOfEncoder(specialTokens)) return own;
  return specialTokens.get(eosToken);
}

function isOfEncoder(specialTokens: ReadonlyMap<string, number>): boolean {
  return [BERT_SPECIAL.mask, ROBERTA_SPECIAL.mask].some((mask) => specialTokens.has(mask));
}

/** The frame that puts a token before every text. */
export function bosFrame(token: string, id: number): Frame {
  const bos = (type_id: number): object => ({ SpecialToken: { id: token, type_id } });
  const text = (name: 'A' | 'B', type_id: number): object => ({ Sequence: { id: name, type_id } });
  return {
    type: 'TemplateProcessing',
    single: [bos(0), text('A', 0)],
    pair: [bos(0), text('A', 0), bos(1), text('B', 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}
