import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  buildCase,
  feedsOf,
  namedValues,
  OP_CASES,
  type OpCase,
  relativeError,
  valuesOf,
  weightsOf,
} from '../../../test/support/op-cases.ts';
import type { Device } from '../../runtime/device.ts';
import { openDevice } from '../../runtime/open-device.ts';
import { gradients } from '../autodiff.ts';
import { evaluate } from '../evaluate.ts';
import { type Dense, type Node, sizeOf, type Tensor } from '../tensor.ts';
import * as ops from './index.ts';

/** sum(output x weights): a scalar that tells the elements of an output apart. */
function weighted(output: Tensor): Tensor {
  const weights = ops.constant(output.graph, output.dtype, output.shape, weightsOf(sizeOf(output.shape)));
  return ops.sumAll(ops.mul(output, weights));
}

function isDifferentiable(testCase: OpCase): boolean {
  return testCase.torch !== undefined;
}

describe('ops', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  it('every op has a case', () => {
    const used = new Set<string>();
    for (const testCase of OP_CASES) {
      const { graph, inputs, output } = buildCase(testCase);
      if (isDifferentiable(testCase))
        gradients(
          weighted(output),
          inputs.filter((t) => t.dtype === 'float32'),
        );
      for (const node of graph.nodes) used.add(node.op.name);
    }
    const declared = Object.entries(ops).flatMap(([name, value]) =>
      name.endsWith('Op') ? [(value as Node['op']).name] : [],
    );
    assert.ok(declared.length > 30);
    assert.deepEqual(
      declared.filter((name) => !used.has(name)),
      [],
    );
  });

  for (const testCase of OP_CASES) {
    it(`${testCase.name}: ONNX Runtime computes what the reference does, gradient included`, async () => {
      const { inputs, output } = buildCase(testCase);
      const outputs: Record<string, Tensor> = { output };
      if (isDifferentiable(testCase)) {
        const floats = inputs.filter((t) => t.dtype === 'float32');
        for (const [i, g] of gradients(weighted(output), floats).entries()) outputs[`gradient${i}`] = g;
      }
      const values = valuesOf(testCase);
      const expected = evaluate(Object.values(outputs), namedValues(values));
      const program = await device.compile({ name: 'case', outputs }, device.createState());
      const results = await program.run(feedsOf(values));
      for (const [i, name] of Object.keys(outputs).entries()) {
        const error = relativeError(results[name]!.data as Float32Array, expected[i]!.data);
        assert.ok(error < 2e-6, `${name} is off by ${error}`);
      }
    });
  }

  for (const testCase of OP_CASES.filter(isDifferentiable)) {
    it(`${testCase.name}: the gradient agrees with central differences`, () => {
      const { inputs, output } = buildCase(testCase);
      const loss = weighted(output);
      const values = valuesOf(testCase);
      const at = (moved: readonly Dense[]): number => evaluate([loss], namedValues(moved))[0]!.data[0]!;
      const targets = inputs.flatMap((t, i) => (t.dtype === 'float32' ? [i] : []));
      const found = evaluate(
        gradients(
          loss,
          targets.map((i) => inputs[i]!),
        ),
        namedValues(values),
      );
      for (const [k, i] of targets.entries()) {
        const numeric = values[i]!.data.map((_, j) => {
          const moved = (by: number): Dense[] =>
            values.map((v, n) => (n === i ? { ...v, data: v.data.with(j, v.data[j]! + by) } : v));
          const h = 1e-5;
          return (at(moved(h)) - at(moved(-h))) / (2 * h);
        });
        const error = relativeError(found[k]!.data, numeric);
        assert.ok(error < 1e-7, `input ${i}: relative error ${error}`);
      }
    });
  }

  it('names op, expected and got when shapes do not fit', () => {
    const { inputs } = buildCase({ name: '', inputs: OP_CASES[0]!.inputs, build: (a) => a });
    assert.throws(
      () => ops.gemm(inputs[0]!, inputs[0]!),
      /gemm: inner sizes differ: 3 and 2; operands float32\[2, 3\], float32\[2, 3\]/,
    );
  });

  it('dropout drops its share, differently by step, stream, row and column', () => {
    const mask = (seed: number, step: number, stream: number): Float64Array =>
      ops.dropoutMaskOp.reference([{ dtype: 'int32', shape: [2], data: Float64Array.of(seed, step) }], {
        shape: [256, 256],
        rate: 0.25,
        stream,
      })[0]!.data;
    const base = mask(1, 1, 1);
    const agreement = (other: Float64Array): number =>
      base.reduce((n, v, i) => n + Number((v === 0) === (other[i] === 0)), 0) / base.length;
    const share = base.reduce((n, v) => n + Number(v === 0), 0) / base.length;
    assert.ok(Math.abs(share - 0.25) < 4 * Math.sqrt((0.25 * 0.75) / base.length), `dropped ${share}`);
    const independent = 0.25 * 0.25 + 0.75 * 0.75;
    const others = [
      mask(2, 1, 1),
      mask(1, 2, 1),
      mask(1, 1, 2),
      base.map((_, i) => base[(i + 1) % base.length]!),
      base.map((_, i) => base[(i + 256) % base.length]!),
    ];
    for (const other of others)
      assert.ok(Math.abs(agreement(other) - independent) < 0.01, `agrees ${agreement(other)}`);
    assert.deepEqual(mask(1, 1, 1), base);
  });
});
