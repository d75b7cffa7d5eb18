import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import { checked } from '../base/checked.ts';
import { MAX_VOCAB_SIZE } from './tokenizer.ts';

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
const AddedTokenSchema = z.looseObject({
  id,
  content: z.string().min(1),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(false),
});

export type AddedTokenJson = z.infer<typeof AddedTokenSchema>;

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

/** A part of the file by its schema. Throws `tokenizer`. */
export function parsePart<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  return checked(value, schema, where, 'tokenizer');
}

/** A part of a tokenizer.json that is not as Cloze's own readers take it: another reader may. */
export class UnsupportedPart extends ClozeError {}

export function unsupported(where: string, expected: string, found = 'none'): UnsupportedPart {
  return new UnsupportedPart('tokenizer', ...unexpected(where, expected, found));
}

/** A part that no other reader could make up for, as Cloze does it itself. */
export function refused(where: string, expected: string, found: string): ClozeError {
  return new ClozeError('tokenizer', ...unexpected(where, expected, found));
}

function unexpected(where: string, expected: string, found: string) {
  const hint = 'use a model whose tokenizer.json other libraries read, too';
  return [
    `${where}: expected ${expected}, found ${found}`,
    { hint, details: { where, expected, found } },
  ] as const;
}
