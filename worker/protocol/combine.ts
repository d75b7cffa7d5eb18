/** Several adapters of one base as one. */
import * as z from 'zod';
import type { Methods } from './rpc.ts';

export const CombineRequestSchema = z.strictObject({
  /** Adapters' folders or runs, each with the factor on what it adds: below 0, it takes that away. */
  parts: z.array(z.strictObject({ adapter: z.string(), weight: z.number() })).min(1),
  /** The folder to write. */
  out: z.string(),
  /** Whether an adapter that is there already may be replaced. Default no. */
  force: z.boolean().optional(),
});
export type CombineRequest = Readonly<z.output<typeof CombineRequestSchema>>;

export const CombineResultSchema = z.strictObject({
  folder: z.string(),
  base: z.string(),
  /** The highest rank of a layer. */
  rank: z.int().positive(),
  layers: z.int().positive(),
});
export type CombineResult = Readonly<z.output<typeof CombineResultSchema>>;

export const COMBINE_METHODS = {
  /** Writes an adapter; no model need be open. */
  combine: { params: CombineRequestSchema, result: CombineResultSchema },
} satisfies Methods;

/** The weight that a user has written, such as `0.7` or `-1`; undefined if it is no number, or none that is finite. */
export function parseWeight(text: string): number | undefined {
  const weight = Number(text);
  return text.trim() !== '' && Number.isFinite(weight) ? weight : undefined;
}
