/** What a `post_processor` puts around texts (https://huggingface.co/docs/tokenizers/api/post-processors). */
import * as z from 'zod';
import { parsePart } from './tokenizer-json-schema.ts';
import { BERT_SPECIAL, ROBERTA_SPECIAL } from './tokenizer.ts';

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
  if (!frame || [BERT_SPECIAL.mask, ROBERTA_SPECIAL.mask].some((mask) => specialTokens.has(mask)))
    return undefined;
  const isSequence = frame.type === 'Sequence';
  const parts = isSequence ? parsePart('post_processor', SequenceSchema, frame).processors : [frame];
  const template = parts.find(({ type }) => type === 'TemplateProcessing');
  if (template === undefined) return undefined;
  const { single, special_tokens } = parsePart('post_processor', TemplateSchema, template);
  const first = single[0]?.SpecialToken;
  return first && special_tokens[first.id]?.ids[0];
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
