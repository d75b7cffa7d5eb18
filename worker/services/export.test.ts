import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tinyRun, workplace } from '../../test/process/training.ts';
import { replaceFolder } from '../checkpoints/replace.ts';
import { OnnxDecoder } from '../../test/support/onnx-reader.ts';
import { exportFormats, exportModel } from './export.ts';
import { OpenTextModel } from './text-model.ts';
import { startTraining } from './train.ts';

/** A run of one step, which has a checkpoint. */
async function run(t: Parameters<typeof workplace>[0]): Promise<{ folder: string; path: string }> {
  const { folder, data } = workplace(t);
  const path = join(folder, 'run');
  await startTraining(tinyRun(data, path, ['training.steps=1']));
  return { folder, path };
}

/** Names a token as the end of a text, which the run's characters have none of. */
function nameEnd(run: string): void {
  writeFileSync(join(run, 'checkpoints', 'best', 'generation_config.json'), '{"eos_token_id": 0}');
}

async function onnxOf(model: string, out: string): Promise<string> {
  await exportModel({ model, out, format: 'onnx' });
  return join(out, 'onnx', 'model.onnx');
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

  it('writes what it opened, though the run saves another best checkpoint meanwhile', async (t) => {
    const { folder, path } = await run(t);
    const best = join(path, 'checkpoints', 'best');
    const out = join(folder, 'mine');
    const files = readdirSync(best);
    const weights = readFileSync(join(best, 'model.safetensors'));
    const save = (): void =>
      replaceFolder(
        best,
        (next) => {
          for (const name of files.filter((each) => each !== 'tokenizer_config.json'))
            copyFileSync(join(best, name), join(next, name));
          writeFileSync(join(next, 'model.safetensors'), Buffer.from(weights).fill(0, weights.length - 4));
        },
        () => true,
      );
    const request = {
      model: path,
      // it is asked for once the model is open
      get out() {
        save();
        return out;
      },
    };
    assert.equal((await exportModel(request)).from, best);
    assert.notDeepEqual(readFileSync(join(best, 'model.safetensors')), weights);
    assert.deepEqual(readFileSync(join(out, 'model.safetensors')), weights);
    assert.ok(existsSync(join(out, 'tokenizer_config.json')));
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

  it('writes ONNX as Optimum lays it out, and replaces it when told', async (t) => {
    const { folder, path } = await run(t);
    const out = join(folder, 'mine');
    const result = await exportModel({ model: path, out, format: 'onnx' });
    assert.deepEqual([...result.files].sort(), [
      'config.json',
      'generation_config.json',
      join('onnx', 'model.onnx'),
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    await assert.rejects(exportModel({ model: path, out, format: 'onnx' }), { code: 'usage' });
    writeFileSync(join(out, 'onnx', 'notes.txt'), 'mine');
    const again = { model: path, out, format: 'onnx', force: true } as const;
    await assert.rejects(exportModel(again), { code: 'usage', message: /onnx/ });
    rmSync(join(out, 'onnx', 'notes.txt'));
    await exportModel(again);
    await exportModel({ model: path, out, force: true });
    assert.ok(!existsSync(join(out, 'onnx')));
    const decoder = await OnnxDecoder.open(await onnxOf(path, join(folder, 'other')));
    const [logits] = await decoder.read([[1, 2, 3]]);
    const own = await OpenTextModel.open({ model: path, provider: 'cpu' });
    t.after(() => own.close());
    const expected = await own.text.decoder.prefill([1, 2, 3]);
    const last = logits!.subarray(-expected.logits.length);
    assert.ok(last.every((value, i) => Math.abs(value - expected.logits[i]!) < 1e-5));
  });

  it('writes a GGUF file, and replaces one when told', async (t) => {
    const { folder, path } = await run(t);
    const out = join(folder, 'mine.gguf');
    const request = { model: path, out, format: 'gguf', dtype: 'f16' } as const;
    await assert.rejects(exportModel(request), { code: 'model', message: /no token for the end/ });
    assert.ok(!existsSync(out));
    nameEnd(path);
    const result = await exportModel(request);
    assert.deepEqual([result.path, result.files, result.bytes], [out, ['mine.gguf'], statSync(out).size]);
    assert.equal(readFileSync(out, 'latin1').slice(0, 4), 'GGUF');
    assert.match(result.note ?? '', /characters/); // the run has a character tokenizer
    await assert.rejects(exportModel(request), { code: 'usage', message: /there already/ });
    await exportModel({ ...request, force: true });
    writeFileSync(out, 'mine');
    await assert.rejects(exportModel({ ...request, force: true }), { code: 'usage', message: /no GGUF/ });
    assert.equal(readFileSync(out, 'utf8'), 'mine');
    await assert.rejects(exportModel({ ...request, out: join(folder, 'mine') }), {
      code: 'usage',
      message: /\.gguf/,
    });
    await assert.rejects(exportModel({ ...request, format: 'onnx' }), { code: 'usage', message: /dtype/ });
  });

  it('leaves nothing behind when it is interrupted', async (t) => {
    const { folder, path } = await run(t);
    nameEnd(path);
    const before = readdirSync(folder);
    for (const [format, name] of [
      ['onnx', 'mine'],
      ['gguf', 'mine.gguf'],
    ] as const) {
      const exporting = exportModel({ model: path, out: join(folder, name), format }, AbortSignal.abort());
      await assert.rejects(exporting, { code: 'cancelled' });
      assert.deepEqual(readdirSync(folder), before);
    }
  });

  it('says what a model can not be written as, and writes nothing then', async (t) => {
    const { folder, path } = await run(t);
    nameEnd(path);
    assert.deepEqual(await exportFormats({ model: path }), [
      { format: 'huggingface' },
      { format: 'onnx' },
      { format: 'gguf' },
    ]);
    const config = join(path, 'checkpoints', 'best', 'config.json');
    const json: unknown = JSON.parse(readFileSync(config, 'utf8'));
    writeFileSync(config, JSON.stringify({ ...Object(json), activation_function: 'gelu' }));
    const [, onnx, gguf] = await exportFormats({ model: path });
    assert.deepEqual(onnx, { format: 'onnx' });
    assert.match(gguf?.problem ?? '', /tanh approximation/);
    const out = join(folder, 'mine.gguf');
    await assert.rejects(exportModel({ model: path, out, format: 'gguf' }), {
      code: 'model',
      message: /tanh/,
    });
    assert.ok(!existsSync(out));
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
