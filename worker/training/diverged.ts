import { ClozeError } from '../base/errors.ts';

/** Throws `diverged` if a value is not finite. */
export function requireFinite(value: number, what: string, step: number): void {
  if (Number.isFinite(value)) return;
  throw new ClozeError('diverged', `${what} is ${value} at step ${step}`, {
    hint: 'try a lower training.lr, a longer training.warmup, a smaller training.clip, or other data',
    details: { step, value },
  });
}
