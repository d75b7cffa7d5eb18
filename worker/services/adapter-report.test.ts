import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readModelFolder } from '../checkpoints/folder.ts';
import { frobenius } from '../inspect/low-rank.ts';
import { describeAdapter } from './adapter-report.ts';
import { AdapterFolders } from './adapter-test-support.ts';
import { CompletionService } from './completion-service.ts';
import { inspectAttention } from './inspect.ts';

describe('an adapter beside its base', () => {
  let folders: AdapterFolders;

  before(async () => {
    folders = await AdapterFolders.create();
    await folders.writeBase('base', 3);
    await folders.writeAdapter('a', { rank: 4, targets: ['c_attn', 'c_fc'] }, 1);
  });
  after(() => folders.close());

  it('is told by its norms, which are those of what merging adds', async () => {
    const report = await describeAdapter({ model: folders.at('a') });
    assert.deepEqual([report.name, report.baseName, report.layers.length], ['a', 'base', 4]);
    assert.equal(report.trainable, 2 * (4 * (32 + 96) + 4 * (32 + 64)));
    assert.ok(report.memory.adapter < report.memory.full);
    const [base, merged] = [readModelFolder(folders.at('base')), readModelFolder(folders.at('a'))];
    for (const { module, norm, baseNorm, singularValues } of report.layers) {
      const before = base.tensors.readFloat32(`${module}.weight`);
      const added = merged.tensors.readFloat32(`${module}.weight`).map((value, i) => value - before[i]!);
      assert.ok(Math.abs(norm - frobenius(added)) < 1e-4 * norm, module);
      assert.ok(Math.abs(baseNorm - frobenius(before)) < 1e-6 * baseNorm);
      assert.equal(singularValues.length, 4);
    }
    for (const { tensors } of [base, merged]) tensors.close();
  });

  it('is refused where it is a whole model', async () => {
    await assert.rejects(describeAdapter({ model: folders.at('base') }), /is no adapter/);
  });

  it('attends otherwise, by the difference of the two', async () => {
    const look = (name: string, difference?: boolean) =>
      inspectAttention({
        ...{ model: folders.at(name), provider: 'cpu', text: 'to be or not' },
        ...(difference === undefined ? {} : { difference }),
      });
    const [base, adapter, both] = [await look('base'), await look('a'), await look('a', true)];
    assert.deepEqual([adapter.base, base.base, both.difference], ['base', undefined, true]);
    assert.deepEqual(
      both.weights,
      base.weights.map((weight, i) => weight - adapter.weights[i]!),
    );
    assert.ok(both.weights.some((weight) => Math.abs(weight) > 0.01));
    await assert.rejects(look('base', true), /is no adapter/);
  });

  it('foretells a text by other losses, whose mean both say', async () => {
    const service = new CompletionService();
    const of = (name: string) =>
      service.likelihood({ model: folders.at(name), provider: 'cpu', text: 'to be or not to be' });
    const [base, adapter] = [await of('base'), await of('a')];
    assert.equal(base.tokens.length, adapter.tokens.length);
    assert.equal(base.tokens.map(({ text }) => text).join(''), 'to be or not to be');
    assert.notEqual(base.loss, adapter.loss);
    const mean = base.tokens.reduce((sum, { nats }) => sum + nats, 0) / base.tokens.length;
    assert.equal(base.loss, mean);
    await assert.rejects(
      service.likelihood({ model: folders.at('base'), provider: 'cpu', text: '' }),
      /too short/,
    );
    await service.close();
  });
});
