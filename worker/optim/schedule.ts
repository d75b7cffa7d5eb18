/** The learning rate as a pure function of the step. */

export const SCHEDULES = ['constant', 'linear', 'cosine', 'wsd'] as const;

export interface ScheduleSettings {
  readonly schedule: (typeof SCHEDULES)[number];
  /** Steps of the run. */
  readonly steps: number;
  /** The peak. */
  readonly lr: number;
  /** Where the decay ends. */
  readonly minLr: number;
  /** Steps of the linear rise before the peak. */
  readonly warmup: number;
  /** Steps of the decay. */
  readonly decaySteps: number;
}

/**
 * The learning rate of a step that counts from 1. After a linear warmup: `constant` stays; `linear` and `cosine`
 * (Loshchilov and Hutter 2017) fall to `minLr` over `decaySteps` and stay there; `wsd`, warmup-stable-decay
 * (Hu et al. 2024), stays and then falls linearly over the last `decaySteps`.
 */
export function learningRate(step: number, settings: ScheduleSettings): number {
  const { schedule, steps, lr, minLr, warmup, decaySteps } = settings;
  const done = step - 1;
  if (done < warmup) return (lr * (done + 1)) / (warmup + 1);
  const fallen = (start: number): number =>
    Math.min(1, Math.max(0, (done - start) / Math.max(1, decaySteps)));
  switch (schedule) {
    case 'constant':
      return lr;
    case 'linear':
      return lr + (minLr - lr) * fallen(warmup);
    case 'cosine':
      return minLr + (lr - minLr) * 0.5 * (1 + Math.cos(Math.PI * fallen(warmup)));
    case 'wsd':
      return lr + (minLr - lr) * fallen(steps - decaySteps);
  }
}
