/** How a step is taken where tests and benchmarks do not care. */
export const OPTIMIZER = {
  recompute: false,
  seed: 1,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decay: 'matrices',
  clip: 1,
} as const;
