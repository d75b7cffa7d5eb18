import * as z from 'zod';

/** What products compute in: float32, or 16 bits beside float32 (graph/autocast.ts). */
export const PRECISIONS = ['float32', 'float16', 'bfloat16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A precision as a device has it. */
export const ComputePrecisionSchema = z.object({
  type: z.enum(PRECISIONS),
  /** Computed in float32, and rounded wherever 16 bits would be stored. */
  emulated: z.boolean(),
});
export type ComputePrecision = z.output<typeof ComputePrecisionSchema>;

/** "bfloat16, emulated". */
export function precisionText({ type, emulated }: ComputePrecision): string {
  return emulated ? `${type}, emulated` : type;
}
