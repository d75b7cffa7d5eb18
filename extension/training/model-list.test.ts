import assert from 'node:assert/strict';
import { appendFileSync, cpSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tinyRun, workplace } from '../../test/process/training.ts';
import { startTraining } from '../../worker/services/train.ts';
import { ModelList } from './model-list.ts';
import { RunStore } from './run-store.ts';

const GPT2 = fileURLToPath(new URL('../../test/fixtures/parity/gpt2', import.meta.url));

describe('ModelList', () => {
  it('lists runs with a checkpoint and added folders, says which is in use, and what is wrong with one', async (t) => {
    const { folder, data } = workplace(t);
    const run = join(folder, 'runs', 'a');
    await startTraining(tinyRun(data, run, ['training.steps=2', 'training.fimRate=0']));
    const store = new RunStore(join(folder, 'runs'));
    const memory = new Map<string, unknown>([['cloze.models', 'damaged']]);
    const memento = {
      get: (key: string) => memory.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void memory.set(key, value)),
    };
    const choice = { path: join(run, 'checkpoints', 'best') };
    const list = new ModelList(store, memento, choice);
    t.after(() => list.dispose());
    let changes = 0;
    list.onDidChange(() => changes++);
    assert.ok(list.isEmpty);

    await store.refresh();
    const mine = join(folder, 'mine');
    cpSync(GPT2, mine, { recursive: true });
    await list.add(mine);
    await list.add(mine);
    assert.equal(changes, 2); // nothing is new the second time
    appendFileSync(join(run, 'metrics.jsonl'), '{}\n');
    await store.refresh();
    writeFileSync(join(run, 'metrics.jsonl'), '');
    await store.refresh(); // another run as far as the store knows, the same model
    assert.equal(changes, 2);
    const [first, second, ...others] = list.models;
    assert.deepEqual(
      [first!.path, first!.kind, first!.inUse, first!.context, first!.fillsIn, first!.problem],
      [run, 'run', true, 16, false, undefined],
    );
    assert.ok(first!.valLoss! > 0 && first!.parameters > 1000);
    assert.deepEqual([second!.path, second!.kind, second!.inUse, others.length], [mine, 'folder', false, 0]);

    await list.add(run); // is there already
    assert.deepEqual([memory.get('cloze.models'), changes], [[mine], 2]);
    memory.set('cloze.models', [run, mine]); // another window's runs are in another folder
    assert.deepEqual(
      list.models.map(({ path, kind }) => [path, kind]),
      [
        [run, 'run'],
        [mine, 'folder'],
      ],
    );

    truncateSync(join(mine, 'model.safetensors'), 1000);
    assert.match(list.models[1]!.problem!, /mine.model\.safetensors/);
    truncateSync(join(run, 'checkpoints', 'best', 'model.safetensors'), 10);
    assert.match(list.models[0]!.problem!, /best.model\.safetensors/);

    await assert.rejects(list.add(folder), { code: 'checkpoint' });
    await list.remove(mine);
    assert.equal(list.models.length, 1);
  });
});
