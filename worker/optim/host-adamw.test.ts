import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Random } from '../base/random.ts';
import { evaluate } from '../graph/evaluate.ts';
import { type Dense, Graph, type Tensor } from '../graph/tensor.ts';
import { adamw, adamwScalars } from './adamw.ts';
import { HostAdamW } from './host-adamw.ts';

const settings = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

describe('AdamW on the host', () => {
  it('does what the graph form does, over steps, with clipping, decay and sizes that fill no vector', () => {
    const shapes = new Map([
      ['bias', [3]],
      ['weight', [5, 7]],
      ['norm', [17]],
      ['table', [9, 4]],
    ]);
    const host = new HostAdamW(shapes, (shape) => shape.length > 1);
    const random = new Random(1, 'adamw');
    const fill = (data: Float32Array): void => data.forEach((_, i) => (data[i] = random.normal()));
    for (const { parameter } of host.tensors.values()) fill(parameter);
    for (let step = 1; step <= 3; step++) {
      for (const { gradient } of host.tensors.values()) fill(gradient);
      const scalars = adamwScalars(step, 0.01, 0.1, settings);
      const expected = [...host.tensors].map(([name, tensors]) =>
        graphStep(tensors, {
          ...scalars,
          gradientScale: 0.5,
          keep: shapes.get(name)!.length > 1 ? scalars.keep : 1,
        }),
      );
      host.step({ ...scalars, gradientScale: 0.5 }, settings);
      for (const [i, { parameter, mean, variance }] of [...host.tensors.values()].entries()) {
        for (const [got, want] of [
          [parameter, expected[i]![0]],
          [mean, expected[i]![1]],
          [variance, expected[i]![2]],
        ] as const) {
          got.forEach((v, k) =>
            assert.ok(
              Math.abs(v - want![k]!) < 1e-6,
              `step ${step}, tensor ${i}: ${v}, expected ${want![k]!}`,
            ),
          );
        }
      }
    }
  });

  it('sums squares in double precision', () => {
    const host = new HostAdamW(new Map([['x', [100_003]]]), () => false);
    const { gradient } = host.tensors.get('x')!;
    gradient.forEach((_, i) => (gradient[i] = Math.fround(Math.sin(i)) * 1e3));
    const exact = gradient.reduce((sum, v) => sum + v * v, 0);
    assert.ok(Math.abs(host.squaredNorm() / exact - 1) < 1e-12);
    gradient[77] = NaN;
    assert.ok(Number.isNaN(host.squaredNorm()));
  });

  it('the compiled kernel is what its source compiles to', () => {
    const script = fileURLToPath(new URL('../../scripts/kernels.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});

type Arrays = Readonly<Record<'parameter' | 'gradient' | 'mean' | 'variance', Float32Array>>;
type Scalars = Readonly<Record<'gradientScale' | 'stepSize' | 'epsilon' | 'keep', number>>;

/** The new parameter, mean and variance as the graph form computes them. */
function graphStep(arrays: Arrays, scalars: Scalars): Float64Array[] {
  const graph = new Graph();
  const values = new Map<string, Dense>();
  const tensor = (name: string, data: ArrayLike<number>, shape: number[]): Tensor => {
    values.set(name, { dtype: 'float32', shape, data: Float64Array.from(data) });
    return graph.feed(name, 'float32', shape);
  };
  const array = (name: keyof Arrays): Tensor => tensor(name, arrays[name], [arrays[name].length]);
  const one = (name: keyof Scalars): Tensor => tensor(name, [scalars[name]], []);
  const next = adamw(
    {
      parameter: array('parameter'),
      gradient: array('gradient'),
      mean: array('mean'),
      variance: array('variance'),
    },
    {
      gradientScale: one('gradientScale'),
      stepSize: one('stepSize'),
      epsilon: one('epsilon'),
      keep: one('keep'),
    },
    settings,
  );
  return evaluate([next.parameter, next.mean, next.variance], values).map(({ data }) => data);
}
