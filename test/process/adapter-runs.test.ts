/** Adapters: trained on a base that stays as it is, killed, resumed, merged, and asked badly. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { weightsHash } from '../../worker/checkpoints/weights-hash.ts';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import { openAdapter } from '../../worker/checkpoints/peft.ts';
import { tokenizerFolder } from '../../worker/models/load.ts';
import { modelVersion } from '../../worker/models/model-folder.ts';
import type { TrainRequest } from '../../worker/protocol/train.ts';
import { evaluate } from '../../worker/services/evaluate.ts';
import { exportModel } from '../../worker/services/export.ts';
import { applySettings } from '../../worker/services/settings.ts';
import { OpenTextModel } from '../../worker/services/text-model.ts';
import { resumeTraining, startTraining } from '../../worker/services/train.ts';
import {
  assertSameWeights,
  corpus,
  metricsOf,
  numbersOf,
  tinyRun,
  trainProcess,
  workplace,
} from './training.ts';

const STEPS = 60;
const SETTINGS = [`training.steps=${STEPS}`, 'training.checkpointEvery=3', 'training.evalEvery=10'];

/** Products, where the base has learned sums. */
function products(lines: number): string {
  return corpus(lines).replace(
    /(\d) \+ (\d) = \d+/g,
    (_, a: string, b: string) => `${a} * ${b} = ${+a * +b}`,
  );
}

interface Adapted {
  readonly folder: string;
  /** The base's model folder. */
  readonly base: string;
  readonly data: string;
  readonly request: (out: string, assignments?: readonly string[]) => TrainRequest;
}

/** Bases whose layers are quantised: their inputs are multiples of 32. */
const WIDE = {
  'GPT-2': { model: 'gpt-nano', fields: ['model.width=32'] },
  Mixtral: { model: 'moe-micro', fields: ['model.width=32', 'model.feedForward=64', 'model.experts=4'] },
} as const;

/** A base that has learned sums, and what asks for an adapter of it that learns products. */
async function withBase(
  t: TestContext,
  { model, fields }: { model: string; fields: readonly string[] } = { model: 'gpt-nano', fields: [] },
): Promise<Adapted> {
  const { folder, data: sums } = workplace(t);
  writeFileSync(sums, corpus(4000) + products(100)); // its characters are those of both
  const request = tinyRun(sums, join(folder, 'base'), ['training.steps=100', ...fields]);
  await startTraining({ ...request, model });
  const base = join(folder, 'base/checkpoints/best');
  const data = join(folder, 'products.txt');
  writeFileSync(data, products(4000));
  return {
    folder,
    base,
    data,
    request: (out, assignments = []) => ({
      ...tinyRun(data, join(folder, out)),
      model: join(folder, 'base'),
      tokenizer: undefined,
      settings: applySettings([
        ...['training.batch=4', 'training.warmup=5', 'training.evalBatches=2', 'training.context=16'],
        ...['lora.rank=4', 'lora.dropout=0.1', 'lora.targets=all-linear', 'training.lr=1e-2'],
        ...SETTINGS,
        ...assignments,
      ]),
    }),
  };
}

/** What lies in the cache of weights on their way into ONNX Runtime. */
function weightFiles(folder: string): string[] {
  const path = join(folder, 'cache/weights');
  return existsSync(path) ? readdirSync(path) : [];
}

function hashOf(folder: string): string {
  const { tensors } = readModelFolder(folder);
  const hash = weightsHash(tensors);
  tensors.close();
  return hash;
}

describe('an adapter', () => {
  it('learns what its base has not, and leaves the base as it is', async (t) => {
    const { folder, base, data, request } = await withBase(t);
    const before = hashOf(base);
    await startTraining(request('adapter'));
    assert.equal(hashOf(base), before);
    const run = join(folder, 'adapter');
    const [start] = metricsOf(run);
    const layer = 4 * (16 + 48) + 4 * (16 + 16) + 2 * 4 * (16 + 64);
    assert.equal(start!.trainable, layer);

    const best = join(run, 'checkpoints/best');
    assert.deepEqual(readdirSync(best).sort(), [
      'adapter_config.json',
      'adapter_model.safetensors',
      'optimizer.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'trainer.json',
    ]);
    const stored = openAdapter(best);
    assert.equal(stored.baseHash, before);
    assert.deepEqual(stored.config.target_modules, ['c_attn', 'c_proj', 'c_fc']);
    stored.file.close();

    const lossOf = async (model: string): Promise<number> =>
      (await evaluate({ model, data: [data], provider: 'cpu' })).loss;
    const [ofBase, ofAdapter] = [await lossOf(base), await lossOf(run)];
    assert.ok(ofAdapter < 0.9 * ofBase, `${ofAdapter}, the base ${ofBase}`);

    const merged = join(folder, 'merged');
    await assert.rejects(exportModel({ model: run, out: base, force: true }), {
      code: 'usage',
      message: /the model's own folder/,
    });
    assert.equal(hashOf(base), before);
    await exportModel({ model: run, out: merged });
    assert.ok(existsSync(join(merged, 'model.safetensors')));
    rmSync(join(folder, 'base'), { recursive: true });
    assert.ok(Math.abs((await lossOf(merged)) - ofAdapter) < 1e-6);
    const model = await OpenTextModel.open({ model: merged, provider: 'cpu' });
    await model.close();
  });

  it('begins as its base exactly: B is zero', async (t) => {
    const { base, request, folder } = await withBase(t);
    await startTraining(request('adapter', ['training.steps=1', 'training.lr=1e-12', 'training.minLr=0']));
    const adapted = readModelFolder(join(folder, 'adapter'.concat('/checkpoints/last'))).tensors;
    const own = readModelFolder(base).tensors;
    for (const name of own.names) {
      const [got, expected] = [adapted.readFloat32(name), own.readFloat32(name)];
      assert.ok(
        got.every((value, i) => Math.abs(value - expected[i]!) < 1e-9),
        name,
      );
    }
    adapted.close();
    own.close();
  });

  for (const [family, base] of [
    ['GPT-2', 'float32'],
    ['GPT-2', 'int4'],
    ['Mixtral', 'int4'],
  ] as const) {
    it(`killed with SIGKILL goes on to the numbers of a run never interrupted, to the last bit: ${family}, its base in ${base}`, async (t) => {
      const { folder, request: asked } = await withBase(t, WIDE[family]);
      const request = (out: string): TrainRequest =>
        asked(out, [`lora.base=${base}`, 'training.sampleEvery=20']);
      await startTraining(request('whole'));
      assert.deepEqual(weightFiles(folder), [], 'what is written of the base goes with the run');
      let killed = 0;
      for (let kills = 0; ; kills++) {
        let left = kills < 3 ? 8 + 9 * kills : Infinity;
        const next = kills === 0 ? request('killed') : { run: join(folder, 'killed') };
        const { ended } = trainProcess(next, (_, child) => {
          if (left-- === 0) child.kill('SIGKILL');
        });
        const { code, signal, stderr } = await ended;
        if (code === 0) break;
        assert.equal(signal, 'SIGKILL', stderr);
        killed++;
      }
      assert.deepEqual(weightFiles(folder), [], 'what killed runs have left goes with the next');
      assert.ok(killed > 0, 'the runs were over before they could be killed');
      const [resumed, whole] = [join(folder, 'killed'), join(folder, 'whole')];
      assert.deepEqual(numbersOf(metricsOf(resumed)), numbersOf(metricsOf(whole)));
      for (const name of ['last', 'best'])
        assertSameWeights(join(resumed, 'checkpoints', name), join(whole, 'checkpoints', name));
    });
  }

  for (const [family, base] of Object.entries(WIDE)) {
    it(`learns on a base of 4 bits nearly what it learns on float32, in a folder as any: ${family}`, (t) =>
      learnsOnFewerBits(t, base));
  }

  async function learnsOnFewerBits(t: TestContext, wide: Parameters<typeof withBase>[1]): Promise<void> {
    const { folder, data, request } = await withBase(t, wide);
    const losses: number[] = [];
    for (const base of ['float32', 'int4']) {
      await startTraining(request(base, [`lora.base=${base}`]));
      const { valLoss } = metricsOf(join(folder, base)).findLast(({ event }) => event === 'eval')!;
      losses.push(valLoss as number);
    }
    const [exact, rounded] = losses as [number, number];
    assert.notEqual(exact, rounded, 'the base is rounded');
    assert.ok(Math.abs(rounded / exact - 1) < 0.1, `${rounded}, on float32 ${exact}`);
    const configs = ['float32', 'int4'].map((base) =>
      readFileSync(join(folder, base, 'checkpoints/last/adapter_config.json'), 'utf8'),
    );
    assert.equal(configs[0], configs[1]);
    const merged = await evaluate({
      model: join(folder, 'int4'),
      data: [data],
      provider: 'cpu',
      weights: 'int8',
    });
    assert.ok(
      Math.abs(merged.loss / merged.float32!.loss - 1) < 0.02,
      `${merged.loss}, ${merged.float32!.loss}`,
    );
  }

  it('is refused where its base is gone, has changed, or is another', async (t) => {
    const { folder, base, request } = await withBase(t);
    await startTraining(request('adapter', ['training.steps=3']));
    const run = join(folder, 'adapter');
    const sums = join(folder, 'corpus.txt');
    const [other, wider] = [join(folder, 'other'), join(folder, 'wider')];
    await startTraining(tinyRun(sums, other, ['training.steps=3', 'training.seed=2']));
    await startTraining(tinyRun(sums, wider, ['training.steps=3', 'model.width=32']));
    rmSync(base, { recursive: true });
    assert.throws(() => readModelFolder(join(run, 'checkpoints/last')), {
      code: 'checkpoint',
      message: /its base model .* is not there/,
    });
    await assert.rejects(resumeTraining({ run }), { code: 'checkpoint' });

    cpSync(join(other, 'checkpoints/best'), base, { recursive: true });
    await assert.rejects(evaluate({ model: run, data: [folder], provider: 'cpu' }), {
      code: 'checkpoint',
      message: /trained on other weights/,
    });
    await assert.rejects(resumeTraining({ run }), {
      code: 'checkpoint',
      message: /not those that the adapter/,
    });

    rmSync(base, { recursive: true });
    cpSync(join(wider, 'checkpoints/best'), base, { recursive: true });
    const config = join(run, 'checkpoints/last/adapter_config.json');
    assert.throws(() => readModelFolder(join(run, 'checkpoints/last')), {
      code: 'checkpoint',
      message: /the adapter is for transformer\.h\.0\.attn\.c_attn of \[16, 48\] .* where it is \[32, 96\]/,
    });
    const json = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ ...json, use_dora: true }));
    assert.throws(() => readModelFolder(join(run, 'checkpoints/last')), {
      code: 'checkpoint',
      message: /use_dora: DoRA is not read/,
    });
    writeFileSync(config, JSON.stringify({ ...json, target_parameters: ['mlp.experts.gate_up_proj'] }));
    assert.throws(() => openAdapter(join(run, 'checkpoints/last')), {
      code: 'checkpoint',
      message: /target_parameters: adapters of bare parameters, such as fused experts, are not read/,
    });
    writeFileSync(config, JSON.stringify({ ...json, alpha_pattern: { '(?P<x>a)': 1 } }));
    assert.throws(() => openAdapter(join(run, 'checkpoints/last')), {
      code: 'checkpoint',
      message: /alpha_pattern .* no pattern/,
    });
    writeFileSync(config, JSON.stringify({ ...json, base_model_name_or_path: '.' }));
    assert.equal(modelVersion(join(run, 'checkpoints/last')), undefined);
    assert.throws(() => tokenizerFolder(join(run, 'checkpoints/last')), { message: /its own base/ });
    assert.throws(() => readModelFolder(join(run, 'checkpoints/last')), {
      code: 'checkpoint',
      message: /its own base/,
    });
  });

  it('is not begun without weights, with a rank that no layer has, or with targets that match nothing', async (t) => {
    const { data, request, folder } = await withBase(t);
    const settings = applySettings(['lora.rank=4']);
    await assert.rejects(startTraining({ ...tinyRun(data, join(folder, 'x')), settings }), {
      code: 'usage',
      message: /gpt-nano has no weights/,
    });
    await assert.rejects(startTraining(request('x', ['lora.rank=17'])), {
      code: 'config',
      message: /rank 17/,
    });
    await assert.rejects(startTraining(request('x', ['lora.targets=q_proj'])), {
      code: 'config',
      message: /matches q_proj/,
    });
    assert.ok(!existsSync(join(folder, 'x')));
  });
});
