/** Texts of many lengths as batches of few shapes. */

export interface EncoderBatch {
  /** B and T of the program. */
  readonly batch: number;
  readonly length: number;
  /** Which sequences are its rows, by index: at most B. */
  readonly rows: readonly number[];
}

/** Sequences of a full batch; the others run alone. */
export const FULL_BATCH = 8;

/** What a run costs beside its tokens, in tokens. */
const RUN_COST = 16;

/** Lengths that programs are made for: each is a multiple of the step of its stretch. */
const STEPS: readonly { readonly upTo: number; readonly step: number }[] = [
  { upTo: 32, step: 8 },
  { upTo: 128, step: 16 },
  { upTo: 256, step: 32 },
  { upTo: Infinity, step: 64 },
];

/** The shortest program that holds so many tokens; never longer than the context if they are not. */
export function programLength(tokens: number, context: number): number {
  if (tokens > context) return tokens;
  const { step } = STEPS.find(({ upTo }) => tokens <= upTo)!;
  return Math.min(context, Math.ceil(tokens / step) * step);
}

/**
 * Every sequence once, from the longest down, those of like length together: in full batches where that costs the fewest
 * tokens with padding, and alone where a batch would be padded to the length of a few.
 */
export function encoderBatches(lengths: ArrayLike<number>, context: number): EncoderBatch[] {
  const order = Array.from(lengths, (_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const lengthAt = (place: number): number => programLength(lengths[order[place]!]!, context);
  const sizes = cheapestSizes(order.length, lengthAt);
  const batches: EncoderBatch[] = [];
  for (let at = 0; at < order.length; at += sizes[at]!) {
    const rows = order.slice(at, at + sizes[at]!);
    batches.push({ batch: rows.length, length: lengthAt(at), rows });
  }
  return batches;
}

/** How many of the sequences in order, from each place on, to run together: 1 or {@link FULL_BATCH}. */
function cheapestSizes(count: number, lengthAt: (place: number) => number): number[] {
  const costs = new Float64Array(count + 1); // of all from a place on
  const sizes: number[] = [];
  for (let at = count - 1; at >= 0; at--) {
    const cost = (size: number): number => RUN_COST + size * lengthAt(at) + costs[at + size]!;
    const isFull = at + FULL_BATCH <= count && cost(FULL_BATCH) <= cost(1);
    const size = isFull ? FULL_BATCH : 1;
    sizes[at] = size;
    costs[at] = cost(size);
  }
  return sizes;
}
