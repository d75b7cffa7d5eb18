/** What masking does to a text, and what a model makes of it: what the masking page asks for. */
import * as z from 'zod';
import { TextModelRequestSchema } from './generation.ts';
import type { Methods } from './rpc.ts';

/** The longest text that is masked, in UTF-16 units: far more than any model here is shown. */
export const LONGEST_MASKED = 1 << 16;

const place = z.int().nonnegative();
const probability = z.number().min(0).max(1.000001);

export const MaskingRequestSchema = TextModelRequestSchema.extend({
  text: z.string().max(LONGEST_MASKED),
  /** Other masks for another one. */
  seed: z.int().min(0).max(0x7fffffff),
  /** Share of the tokens that is chosen; default 0.15. */
  rate: z.number().gt(0).max(1).optional(),
  /** Whether the pieces of a word are chosen together; default false. */
  words: z.boolean().optional(),
  /** Predictions for each chosen token; default 5. */
  top: z.int().min(1).max(100).optional(),
});
export type MaskingRequest = Readonly<z.output<typeof MaskingRequestSchema>>;

/**
 * What was done to a token. 'untouched': it was not chosen. Of the chosen, which are predicted: 'masked': the mask stands in
 * its place; 'replaced': a random token does; 'kept': it stayed.
 */
export const MaskingMarkSchema = z.enum(['untouched', 'masked', 'replaced', 'kept']);
export type MaskingMark = z.output<typeof MaskingMarkSchema>;

export const MaskedTokenSchema = z.strictObject({
  /** What stands there in the text, as the vocabulary writes it, and where; a special token has no place. */
  name: z.string(),
  start: place,
  end: place,
  special: z.boolean(),
  mark: MaskingMarkSchema,
  /** What the model is shown. */
  shown: z.string(),
  /** Of a chosen token, the likeliest first; of any other none. */
  predictions: z.array(z.strictObject({ name: z.string(), probability })),
  /** What the model gives the token that stands in the text; 0 where it was not asked. */
  probability,
});
export type MaskedToken = Readonly<z.output<typeof MaskedTokenSchema>>;

export const MaskedTextSchema = z.strictObject({
  /** With the special tokens around the text. */
  tokens: z.array(MaskedTokenSchema).readonly(),
  /** Tokens at the end of the text that the model has no room for. */
  cut: place,
  /** Tokens that were predicted, and those of them that the model has right. */
  chosen: place,
  right: place,
  /** Mean cross-entropy of the predictions in nats, as in training; 0 where there are none. */
  loss: z.number(),
});
export type MaskedText = Readonly<z.output<typeof MaskedTextSchema>>;

export const MASKING_METHODS = {
  /** Masks a text as a batch of training would, and predicts what was chosen. */
  masking: { params: MaskingRequestSchema, result: MaskedTextSchema },
} satisfies Methods;
