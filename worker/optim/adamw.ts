import { add, div, mul, scale, sqrt, sub } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';

export interface AdamWState {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Scalars of one update; see {@link adamwScalars}. */
export interface AdamWScalars {
  /** Factor on the gradient (clipping, unscaling). */
  readonly gradientScale: Tensor;
  readonly stepSize: Tensor;
  readonly epsilon: Tensor;
  /** 1 - lr x decay. */
  readonly keep: Tensor;
}

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * One AdamW step (Loshchilov and Hutter 2019) as graph, on tensors of any one shape: decay acts on the
 * parameter, not through the moments. Bias corrections are folded into the step size and epsilon (Kingma and
 * Ba 2015, section 2), and factors on the gradient into one scalar each: 13 passes over the tensors.
 */
export function adamw(
  { parameter, gradient, mean, variance }: AdamWState,
  { gradientScale, stepSize, epsilon, keep }: AdamWScalars,
  { beta1, beta2 }: AdamWSettings,
): { parameter: Tensor; mean: Tensor; variance: Tensor } {
  const forMean = mul(gradient, scale(gradientScale, 1 - beta1));
  const forVariance = mul(gradient, scale(gradientScale, Math.sqrt(1 - beta2)));
  const m = add(scale(mean, beta1), forMean);
  const v = add(scale(variance, beta2), mul(forVariance, forVariance));
  const step = div(mul(m, stepSize), add(sqrt(v), epsilon));
  return { parameter: sub(mul(parameter, keep), step), mean: m, variance: v };
}

/** Values of the scalars at a step that counts from 1. */
export function adamwScalars(
  step: number,
  learningRate: number,
  decay: number,
  { beta1, beta2, epsilon }: AdamWSettings,
): { stepSize: number; epsilon: number; keep: number } {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    stepSize: (learningRate * correction) / (1 - beta1 ** step),
    epsilon: epsilon * correction,
    keep: 1 - learningRate * decay,
  };
}
