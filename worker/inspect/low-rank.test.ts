import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../base/random.ts';
import { frobenius, singularValues } from './low-rank.ts';

describe('singularValues', () => {
  it('are the lengths along the axes of an update that is known', () => {
    // B A = 3 e1 f1^T + 2 e3 f2^T
    const b = Float32Array.of(3, 0, 0, 0, 0, 2, 0, 0); // [4, 2]
    const a = Float32Array.of(1, 0, 0, 0, 1, 0); // [2, 3]
    const values = singularValues(b, a, { rank: 2, input: 3, output: 4 });
    assert.deepEqual(
      values.map((value) => Math.round(1e6 * value) / 1e6),
      [3, 2],
    );
  });

  it('have the norm of the product, whatever the shapes', () => {
    const random = new Random(1, 'low-rank');
    for (const shape of [
      { rank: 3, input: 11, output: 7 },
      { rank: 4, input: 4, output: 9 },
      { rank: 1, input: 5, output: 1 },
    ]) {
      const { rank, input, output } = shape;
      const draw = (size: number): Float32Array => Float32Array.from({ length: size }, () => random.normal());
      const [b, a] = [draw(output * rank), draw(rank * input)];
      const product = Array.from({ length: output * input }, (_, at) => {
        const [row, column] = [Math.floor(at / input), at % input];
        return Array.from({ length: rank }, (_, r) => b[row * rank + r]! * a[r * input + column]!).reduce(
          (sum, value) => sum + value,
        );
      });
      const values = singularValues(b, a, shape);
      assert.equal(values.length, rank);
      assert.ok(values.every((value, i) => i === 0 || value <= values[i - 1]!));
      assert.ok(Math.abs(frobenius(values) - frobenius(product)) < 1e-5);
    }
  });

  it('are zero of an adapter that has learned nothing', () => {
    const values = singularValues(new Float32Array(8), Float32Array.of(1, 2, 3, 4), {
      rank: 2,
      input: 2,
      output: 4,
    });
    assert.deepEqual(values, [0, 0]);
  });
});
