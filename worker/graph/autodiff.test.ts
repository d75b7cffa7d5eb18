import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradients } from './autodiff.ts';
import { evaluate } from './evaluate.ts';
import { less, maximum, mul, scale, sumAll } from './ops/index.ts';
import { Graph, type Tensor } from './tensor.ts';

const feed = (graph: Graph, name = 'x'): Tensor => graph.feed(name, 'float32', [2]);

describe('gradients', () => {
  it('are given for what enters the graph and for what is inside it, also where one depends on the other', () => {
    const x = feed(new Graph());
    const y = scale(x, 3);
    const found = gradients(sumAll(mul(y, y)), [x, y]);
    const values = new Map([['x', { dtype: 'float32', shape: [2], data: Float64Array.of(1, -2) } as const]]);
    const [dx, dy] = evaluate(found, values).map(({ data }) => [...data]);
    assert.deepEqual(
      [dx, dy],
      [
        [18, -36],
        [6, -12],
      ],
    ); // dy = 2 y, dx = 3 dy
  });

  it('of what the loss does not depend on are an error, and so is a loss that is no scalar', () => {
    const graph = new Graph();
    const [x, other] = [feed(graph), feed(graph, 'other')];
    assert.throws(() => gradients(sumAll(x), [other]), /the loss does not depend on float32\[2\] from input/);
    assert.throws(() => gradients(x, [x]), /the loss must be a scalar, got float32\[2\]/);
  });

  it('stop at an op whose gradient is zero, and refuse one that has none', () => {
    const graph = new Graph();
    const [x, other] = [feed(graph), feed(graph, 'other')];
    assert.throws(() => gradients(sumAll(less(x, other)), [x]), /does not depend/);
    assert.throws(() => gradients(sumAll(maximum(x, other)), [x]), /maximum has no gradient/);
  });
});
