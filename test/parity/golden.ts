/** What the tests against Hugging Face's values share (test/fixtures/parity/README.md). */
import assert from 'node:assert/strict';
import * as z from 'zod';

/** training.json: ten steps of AdamW. */
export const TrainingJson = z.object({
  lr: z.number(),
  betas: z.tuple([z.number(), z.number()]),
  eps: z.number(),
  weight_decay: z.number(),
  losses: z.array(z.number()),
  grad_norms: z.array(z.number()),
  loss_after_last_step: z.number(),
  param_norm_after_last_step: z.record(z.string(), z.number()),
});

/** Settings of a step as they were there: all parameters decay, and nothing is clipped. */
export function stepSettings({ betas, eps, weight_decay }: z.infer<typeof TrainingJson>) {
  const [beta1, beta2] = betas;
  const adamw = { beta1, beta2, epsilon: eps, weightDecay: weight_decay, decay: 'all', clip: 0 } as const;
  return { ...adamw, accumulate: 1, seed: 0 };
}

/** The largest difference over the elements that `counts` says yes to; infinite where one is not a number. */
export function difference(
  got: ArrayLike<number>,
  expected: Float32Array,
  counts: (i: number) => boolean = () => true,
): number {
  assert.equal(got.length, expected.length);
  return expected.reduce((worst, value, i) => {
    const off = Number.isNaN(got[i]!) ? Infinity : Math.abs(value - got[i]!);
    return counts(i) ? Math.max(worst, off) : worst;
  }, 0);
}

export function norm(x: Float32Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
}
