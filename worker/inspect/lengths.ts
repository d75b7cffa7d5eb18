/** How long a text may be, and for which lengths programs are compiled. */

/** Most tokens that are inspected at once. */
export const MOST_TOKENS = 512;

/** Most weights of one inspection: 256 MiB of them. */
const MOST_WEIGHTS = 1 << 26;

/** Lengths that programs are compiled for: text of a few lengths near each other shares one. */
const BUCKETS = [16, 32, 48, 64, 96, 128, 192, 256, 384, MOST_TOKENS];

/** The size of a model, as far as it decides how much it can be asked. */
export interface Extent {
  readonly context: number;
  readonly layers: number;
  readonly heads: number;
}

/** The most tokens of a text whose attention weights, [L, H, T, T], are worth holding. */
export function mostTokens({ context, layers, heads }: Extent): number {
  const byWeights = Math.floor(Math.sqrt(MOST_WEIGHTS / (layers * heads)));
  return Math.max(1, Math.min(context, MOST_TOKENS, byWeights));
}

/** The shortest length with a program that holds so many tokens; never more than the model has positions for. */
export function bucketLength(tokens: number, context: number): number {
  return Math.min(context, BUCKETS.find((length) => length >= tokens) ?? tokens);
}
