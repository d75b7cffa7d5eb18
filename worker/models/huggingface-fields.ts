/** What readers of config.json are made of. */
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';
import type { Json } from '../checkpoints/folder.ts';

/** A key that may be missing or null, which both mean the default. */
export function or<T>(schema: z.ZodType<T>, fallback: T) {
  return schema.nullish().transform((value) => value ?? fallback);
}

export const size = z.int().positive();
export const rate = z.number().min(0).lt(1);

/** Names of the activations that Cloze has, in any family of transformers. */
export const GELU_NAMES: Json = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
};

/** Refuses a key that is there with another value than those supported. Missing and null are defaults. */
export function refuse(json: Json, where: string, supported: Record<string, readonly unknown[]>): void {
  for (const [key, values] of Object.entries(supported)) {
    const value = json[key];
    if (value === undefined || value === null || values.includes(value)) continue;
    throw unsupported(where, key, value, values.length > 0 ? values.map(String).join(' or ') : 'none');
  }
}

export function choice(supported: Json, value: string, where: string, key: string): unknown {
  if (Object.hasOwn(supported, value)) return supported[value];
  throw unsupported(where, key, value, Object.keys(supported).join(' or '));
}

export function unsupported(
  where: string,
  key: string,
  value: unknown,
  expected: string,
  hint?: string,
): ClozeError {
  const got = JSON.stringify(value);
  return new ClozeError('checkpoint', `${where}: ${key} ${got} is not supported, expected ${expected}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { where, key, value },
  });
}
