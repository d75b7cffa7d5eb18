import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { minimize } from './lbfgs.ts';

describe('minimize', () => {
  it('finds the minimum of a badly scaled quadratic', () => {
    const scales = [1e-2, 1, 1e3, 50];
    const result = minimize(
      (x, gradient) =>
        scales.reduce((sum, scale, i) => {
          gradient[i] = scale * (x[i]! - i);
          return sum + (scale * (x[i]! - i) ** 2) / 2;
        }, 0),
      new Float64Array(4).fill(7),
      { tolerance: 1e-9, maxIterations: 200 },
    );
    assert.ok(result.converged && result.iterations < 60, `${result.iterations} iterations`);
    for (const [i, x] of result.x.entries()) assert.equal(Math.abs(x - i) < 1e-6, true);
  });

  it('says when it has not got there, and stays at a minimum', () => {
    const square = (x: Float64Array, gradient: Float64Array): number => {
      gradient[0] = 4 * x[0]! ** 3;
      return x[0]! ** 4;
    };
    const short = minimize(square, Float64Array.of(3), { tolerance: 1e-12, maxIterations: 3 });
    assert.deepEqual([short.converged, short.iterations], [false, 3]);
    assert.equal(short.value < 81, true);
    const still = minimize(square, Float64Array.of(0), { tolerance: 1e-12, maxIterations: 3 });
    assert.deepEqual([still.converged, still.iterations], [true, 0]);
  });
});
