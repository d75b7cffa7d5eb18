import { ClozeError } from '../base/errors.ts';
import type { Batch } from './batches.ts';
import type { TokenSequence } from './token-file.ts';

/**
 * Batches [B, T] over a sequence in order, in windows that do not overlap: every token but the first is a target
 * exactly once, but `uncounted`, which has a target of -1: a token that is put between texts and is none of them. What is missing
 * in the last window and batch has targets of -1 as well (and inputs of 0). `batches` limits them to that many, of windows spread
 * evenly over the sequence. Throws `data` below two tokens.
 */
export function* evaluationBatches(
  tokens: TokenSequence,
  options: { batch: number; context: number; batches?: number; uncounted?: number | undefined },
): Generator<Batch> {
  const { batch, context, batches = Infinity, uncounted } = options;
  const targetCount = tokens.length - 1;
  if (targetCount < 1) {
    throw new ClozeError('data', `evaluation needs at least 2 tokens, got ${tokens.length}`, {
      hint: 'take more data, or a larger validation fraction',
    });
  }
  const windows = Math.ceil(targetCount / context);
  const taken = Math.min(windows, batch * batches);
  const window = new Int32Array(context + 1);
  for (let first = 0; first < taken; first += batch) {
    const inputs = new Int32Array(batch * context);
    const targets = new Int32Array(batch * context).fill(-1);
    for (let row = 0; row < Math.min(batch, taken - first); row++) {
      const start = Math.floor(((first + row) * windows) / taken) * context;
      const count = Math.min(context, targetCount - start);
      tokens.read(start, count + 1, window);
      inputs.set(window.subarray(0, count), row * context);
      const following = window.subarray(1, count + 1);
      targets.set(
        uncounted === undefined ? following : following.map((id) => (id === uncounted ? -1 : id)),
        row * context,
      );
    }
    yield { inputs, targets };
  }
}
