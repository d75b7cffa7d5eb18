import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { float16Value, type HalfType, roundToHalf } from '../base/half.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { round } from './emulate.ts';
import { mul } from './ops/index.ts';
import { Graph } from './tensor.ts';

/** Every finite value of a type, the middles between neighbours, and what lies beside them. */
function telling(half: HalfType): Float32Array {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const valueOf = (code: number): number => {
    bits[0] = code << 16;
    return half === 'float16' ? float16Value(code) : float[0]!;
  };
  const values: number[] = [];
  for (let code = 0; code < 0x7f80; code += 3) {
    const [a, b] = [valueOf(code), valueOf(code + 1)];
    if (!Number.isFinite(b)) continue;
    const middle = a / 2 + b / 2;
    values.push(
      a,
      -a,
      middle,
      -middle,
      Math.fround(middle * (1 + 2 ** -22)),
      Math.fround(middle * (1 - 2 ** -22)),
    );
  }
  return Float32Array.from([...values, 65_519.99, 65_520, 1e38, 3.4e38, Infinity, -Infinity]);
}

describe('round', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  for (const half of ['float16', 'bfloat16'] as const) {
    it(`to ${half}: ONNX Runtime keeps the casts, and rounds to nearest, ties to even`, async () => {
      const values = telling(half);
      const x = new Graph().feed('x', 'float32', [values.length]);
      const rounded = round(x, half);
      const program = await device.compile(
        { name: 'round', outputs: { rounded, product: mul(rounded, rounded) } },
        device.createState(),
      );
      const results = await program.run({ x: values });
      const expected = values.map((v) => roundToHalf(half, v));
      assert.deepEqual(results.rounded!.data, expected);
      assert.deepEqual(
        results.product!.data,
        expected.map((v) => v * v),
      );
    });
  }
});
