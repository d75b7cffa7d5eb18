/** Every gradient rule against PyTorch's autograd, in float64. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { gradients } from '../../worker/graph/autodiff.ts';
import { evaluate } from '../../worker/graph/evaluate.ts';
import { constant, mul, sumAll } from '../../worker/graph/ops/index.ts';
import { sizeOf } from '../../worker/graph/tensor.ts';
import { buildCase, namedValues, OP_CASES, relativeError, valuesOf, weightsOf } from '../support/op-cases.ts';
import { pythonWithTorch } from '../support/python.ts';

const SCRIPT = `
import json, math, sys
import torch
import torch.nn.functional as F
results = []
for case in json.load(sys.stdin):
    tensors = [torch.tensor(v['data'], dtype=torch.float64).reshape(v['shape']) for v in case['inputs']]
    floats = [t.requires_grad_() for t, v in zip(tensors, case['inputs']) if v['float']]
    scope = dict(zip('abcdef', tensors), torch=torch, F=F, math=math)
    output = eval(case['torch'], scope)
    weights = torch.tensor(case['weights'], dtype=torch.float64).reshape(output.shape)
    grads = torch.autograd.grad((output * weights).sum(), floats)
    results.append([g.flatten().tolist() for g in [output, *grads]])
json.dump(results, sys.stdout)
`;

describe("gradients as PyTorch's autograd gives them", () => {
  const cases = OP_CASES.flatMap((testCase) => {
    if (testCase.torch === undefined) return [];
    const { inputs, output } = buildCase(testCase);
    const values = valuesOf(testCase);
    const weights = weightsOf(sizeOf(output.shape));
    const loss = sumAll(mul(output, constant(output.graph, 'float32', output.shape, weights)));
    const floats = inputs.filter((t) => t.dtype === 'float32');
    const ours = evaluate([output, ...gradients(loss, floats)], namedValues(values)).map(({ data }) => data);
    const request = {
      torch: testCase.torch,
      weights: [...weights],
      inputs: values.map(({ shape, dtype, data }) => ({
        shape,
        float: dtype === 'float32',
        data: [...data],
      })),
    };
    return [{ name: testCase.name, ours, request }];
  });
  const python = spawnSync(pythonWithTorch(), ['-c', SCRIPT], {
    input: JSON.stringify(cases.map(({ request }) => request)),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const theirs = z
    .array(z.array(z.array(z.number())))
    .parse(python.status === 0 ? JSON.parse(python.stdout) : [], { error: () => python.stderr });

  it('PyTorch answered for every case', () => assert.equal(theirs.length, cases.length, python.stderr));

  for (const [i, { name, ours }] of cases.entries()) {
    it(name, () => {
      for (const [k, expected] of theirs[i]!.entries()) {
        const error = relativeError(ours[k]!, expected);
        assert.ok(error < 1e-6, `${k === 0 ? 'output' : `gradient ${k - 1}`}: relative error ${error}`);
      }
    });
  }
});
