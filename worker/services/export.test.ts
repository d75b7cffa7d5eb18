import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tinyRun, workplace } from '../../test/process/training.ts';
import { exportModel } from './export.ts';
import { OpenTextModel } from './text-model.ts';
import { startTraining } from './train.ts';

/** A run of one step, which has a checkpoint. */
async function run(t: Parameters<typeof workplace>[0]): Promise<{ folder: string; path: string }> {
  const { folder, data } = workplace(t);
  const path = join(folder, 'run');
  await startTraining(tinyRun(data, path, ['training.steps=1']));
  return { folder, path };
}

describe('exportModel', () => {
  it('copies the best checkpoint without what only the run needs', async (t) => {
    const { folder, path } = await run(t);
    const out = join(folder, 'models', 'mine');
    const result = await exportModel({ model: path, out });
    assert.deepEqual(readdirSync(out).sort(), [
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    assert.equal(result.from, join(path, 'checkpoints', 'best'));
    const [copy, original] = [out, result.from].map((at) => readFileSync(join(at, 'model.safetensors')));
    assert.deepEqual(copy, original);
    assert.deepEqual(readdirSync(join(folder, 'models')), ['mine']);
  });

  it('says in the copy how the model was trained to fill in the middle', async (t) => {
    const { folder, path } = await run(t);
    const out = join(folder, 'mine');
    await exportModel({ model: path, out });
    const copy = await OpenTextModel.open({ model: out, provider: 'cpu' });
    t.after(() => copy.close());
    assert.equal(copy.fimOrder, undefined); // though its tokenizer has the tokens
    await exportModel({ model: out, out: join(folder, 'again') });
    assert.match(readFileSync(join(folder, 'again', 'generation_config.json'), 'utf8'), /"fim": "none"/);
  });

  it('replaces a model only when told, and nothing else ever', async (t) => {
    const { folder, path } = await run(t);
    const out = join(folder, 'mine');
    await exportModel({ model: path, out });
    await assert.rejects(exportModel({ model: path, out }), { code: 'usage', message: /there already/ });
    await exportModel({ model: path, out, force: true });
    writeFileSync(join(out, 'notes.txt'), 'mine');
    await assert.rejects(exportModel({ model: path, out, force: true }), {
      code: 'usage',
      message: /notes\.txt/,
    });
    assert.ok(existsSync(join(out, 'notes.txt')));
    const best = join(path, 'checkpoints', 'best');
    for (const inside of [best, join(best, 'copy')]) {
      const exporting = exportModel({ model: best, out: inside, force: true });
      await assert.rejects(exporting, { code: 'usage', message: /own folder/ });
    }
  });

  it('refuses a model that is not sound, and writes nothing', async (t) => {
    const { folder, path } = await run(t);
    const out = join(folder, 'mine');
    truncateSync(join(path, 'checkpoints', 'best', 'model.safetensors'), 100);
    await assert.rejects(exportModel({ model: path, out }), {
      code: 'checkpoint',
      message: /best.model\.safetensors/,
    });
    await assert.rejects(exportModel({ model: join(folder, 'none'), out }), { code: 'usage' });
    assert.ok(!existsSync(out));
  });
});
