/**
 * Dynamic loss scaling (Micikevicius et al. 2018) with the constants of PyTorch's GradScaler. float16 has no value below
 * 6e-8: gradients are made of a loss that is multiplied by a large number, and divided by it before they are used.
 */
import * as z from 'zod';
import { ClozeError } from '../base/errors.ts';

export const LossScaleSchema = z.object({
  scale: z.number().positive(),
  /** Steps since the last overflow or growth. */
  goodSteps: z.int().nonnegative(),
  /** Attempts at a step whose gradients overflowed, in the whole run. */
  skipped: z.int().nonnegative(),
});

export type LossScale = z.output<typeof LossScaleSchema>;

export const INITIAL_SCALE = 2 ** 16;
const GROWTH = 2;
const BACKOFF = 0.5;
/** Good steps in a row before the scale grows. */
const GROWTH_INTERVAL = 2000;

/** A gradient that overflows at less than this is no matter of scale: the largest float16 is 65504. */
const SMALLEST = 2 ** -14;

export function newLossScale(scale: number): LossScale {
  return { scale, goodSteps: 0, skipped: 0 };
}

/** After a step that was made. */
export function afterStep({ scale, goodSteps, skipped }: LossScale): LossScale {
  const good = goodSteps + 1;
  const grows = good === GROWTH_INTERVAL;
  return { scale: grows ? scale * GROWTH : scale, goodSteps: grows ? 0 : good, skipped };
}

/** After gradients that were not finite at `step`. Throws `diverged` where a smaller scale can not help. */
export function afterOverflow({ scale, skipped }: LossScale, step: number): LossScale {
  const smaller = scale * BACKOFF;
  if (smaller >= SMALLEST) return { scale: smaller, goodSteps: 0, skipped: skipped + 1 };
  throw new ClozeError(
    'diverged',
    `the gradients overflow in float16 at step ${step}, also with a loss scale of ${scale}`,
    {
      hint: 'try training.precision=bfloat16 or float32, a lower training.lr, or a longer training.warmup',
      details: { step, scale, skipped },
    },
  );
}
