import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDevice } from '../../runtime/open-device.ts';
import { gradients } from '../autodiff.ts';
import { evaluate } from '../evaluate.ts';
import { type Dense, Graph } from '../tensor.ts';
import { lookUp, scatterAddRows, sumAll, zeros } from './index.ts';

describe('looking up', () => {
  it('gives padding its row, and the row no gradient', () => {
    const graph = new Graph();
    const table = graph.feed('table', 'float32', [3, 2]);
    const rows = lookUp(table, graph.feed('ids', 'int32', [4]), 1);
    const [gradient] = gradients(sumAll(rows), [table]);
    const values = new Map<string, Dense>([
      ['table', { dtype: 'float32', shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }],
      ['ids', { dtype: 'int32', shape: [4], data: Float64Array.of(1, 2, 2, 0) }],
    ]);
    const [looked, learned] = evaluate([rows, gradient!], values).map(({ data }) => [...data]);
    assert.deepEqual(looked, [3, 4, 5, 6, 5, 6, 1, 2]);
    assert.deepEqual(learned, [1, 1, 0, 0, 2, 2]);
  });
});

describe('adding rows to a table', () => {
  it('loses none where many threads add to the same rows', async () => {
    const { device } = await openDevice('cpu', { threads: 4 });
    const [entries, width, count] = [3, 96, 4096];
    const graph = new Graph();
    const updates = graph.feed('updates', 'float32', [count, width]);
    const base = zeros(graph, [entries, width]);
    const sums = scatterAddRows(base, graph.feed('ids', 'int32', [count]), updates);
    const program = await device.compile({ name: 'sums', outputs: { sums } }, device.createState());
    const feeds = {
      ids: Int32Array.from({ length: count }, (_, i) => i % entries),
      updates: new Float32Array(count * width).fill(1),
    };
    for (let run = 0; run < 50; run++) {
      const { data } = (await program.run(feeds)).sums!;
      const wrong = Array.from(data, Number).filter((sum) => sum < 1365 || sum > 1366);
      assert.deepEqual(wrong, [], `in run ${run}`);
    }
    await device.close();
  });
});
