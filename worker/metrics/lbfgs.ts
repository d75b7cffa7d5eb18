/** A smooth function: its value at `x`, with its gradient written to `gradient`. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** Ends when no part of the gradient is larger. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** false if it ended at the limit of iterations. */
  readonly converged: boolean;
}

/** Pairs of steps and gradient changes that are kept. */
const MEMORY = 10;
/** Armijo's condition: the share of the decrease that the slope promises which a step must bring. */
const DECREASE = 1e-4;
const MOST_HALVINGS = 40;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step . change). */
  readonly rho: number;
}

/**
 * The minimum of a convex function by L-BFGS (Liu and Nocedal 1989; Nocedal and Wright, algorithm 7.4), with steps
 * that are halved until the function falls enough. Deterministic.
 */
export function minimize(f: Differentiable, start: Float64Array, options: LbfgsOptions): Minimum {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = f(x, gradient);
  const pairs: Pair[] = [];
  for (let iterations = 0; ; iterations++) {
    if (largest(gradient) <= options.tolerance) return { x, value, iterations, converged: true };
    if (iterations === options.maxIterations) return { x, value, iterations, converged: false };
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    const next = { x: new Float64Array(x.length), gradient: new Float64Array(x.length), value: Infinity };
    // before anything is known of the curvature, a step of length 1 at most
    let size = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    for (let tries = 0; ; tries++, size /= 2) {
      for (let i = 0; i < x.length; i++) next.x[i] = x[i]! + size * direction[i]!;
      next.value = f(next.x, next.gradient);
      if (next.value <= value + DECREASE * size * slope) break;
      // rounding hides what is left to gain
      if (tries === MOST_HALVINGS) return { x, value, iterations, converged: true };
    }
    remember(pairs, x, gradient, next);
    ({ x, gradient, value } = next);
  }
}

/** -H g, where H is the inverse Hessian that the pairs tell of. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (const { step, change, rho } of pairs.toReversed()) {
    const alpha = rho * dot(step, direction);
    alphas.push(alpha);
    addScaled(direction, change, -alpha);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const { step, change, rho } of pairs) {
    addScaled(direction, step, alphas.pop()! - rho * dot(change, direction));
  }
  return direction;
}

function remember(
  pairs: Pair[],
  x: Float64Array,
  gradient: Float64Array,
  next: { x: Float64Array; gradient: Float64Array },
): void {
  const step = next.x.map((value, i) => value - x[i]!);
  const change = next.gradient.map((value, i) => value - gradient[i]!);
  const curvature = dot(step, change);
  if (curvature <= Number.EPSILON * dot(change, change)) return;
  pairs.push({ step, change, rho: 1 / curvature });
  if (pairs.length > MEMORY) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * other[i]!;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
