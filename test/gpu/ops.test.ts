/** Every op on a GPU (a software one where there is no other) against the reference. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gradients } from '../../worker/graph/autodiff.ts';
import { evaluate } from '../../worker/graph/evaluate.ts';
import { constant, mul, sumAll } from '../../worker/graph/ops/index.ts';
import { sizeOf, type Tensor } from '../../worker/graph/tensor.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import {
  buildCase,
  feedsOf,
  namedValues,
  OP_CASES,
  relativeError,
  valuesOf,
  weightsOf,
} from '../support/op-cases.ts';

describe('ops on webgpu', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('webgpu')));
  after(() => device.close());

  for (const testCase of OP_CASES) {
    it(testCase.name, async () => {
      const { inputs, output } = buildCase(testCase);
      const outputs: Record<string, Tensor> = { output };
      if (testCase.torch !== undefined) {
        const weights = constant(output.graph, output.dtype, output.shape, weightsOf(sizeOf(output.shape)));
        const floats = inputs.filter((t) => t.dtype === 'float32');
        const found = gradients(sumAll(mul(output, weights)), floats);
        for (const [i, g] of found.entries()) outputs[`gradient${i}`] = g;
      }
      const values = valuesOf(testCase);
      const expected = evaluate(Object.values(outputs), namedValues(values));
      const program = await device.compile({ name: 'case', outputs }, device.createState());
      const results = await program.run(feedsOf(values));
      for (const [i, name] of Object.keys(outputs).entries()) {
        const error = relativeError(results[name]!.data as Float32Array, expected[i]!.data);
        assert.ok(error < 1e-4, `${name} is off by ${error}`);
      }
    });
  }
});
