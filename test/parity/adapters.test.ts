/** Adapters that PEFT wrote, and what is combined of them, beside the logits that PEFT gave (test/fixtures/parity/README.md). */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import { openAdapter } from '../../worker/checkpoints/peft.ts';
import { SafetensorsFile } from '../../worker/checkpoints/safetensors.ts';
import { isEncoder, type ModelConfig } from '../../worker/models/config.ts';
import { encoderModel } from '../../worker/models/encoder.ts';
import { encoderLoss } from '../../worker/models/encoder-losses.ts';
import { modelFromHuggingFace } from '../../worker/models/huggingface.ts';
import { loadWeights } from '../../worker/models/load.ts';
import { sequenceModel } from '../../worker/models/sequence.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { combine } from '../../worker/services/combine.ts';
import { difference } from './golden.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const [B, T] = [2, 17];

function logitsOf(config: ModelConfig) {
  if (!isEncoder(config)) return sequenceModel(config, B, T, false).logits;
  return encoderLoss(encoderModel(config, B, T, false)).scores.logits!;
}

describe('adapters as PEFT computes them', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cloze-adapters-'));
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 2 })));
  after(async () => {
    await device.close();
    rmSync(scratch, { recursive: true });
  });

  /** Of an adapter's folder, over the inputs of its base's. */
  async function logits(folder: string, base: string): Promise<Float32Array> {
    const { config: json, tensors } = readModelFolder(folder);
    const inputs = new SafetensorsFile(join(base, 'inputs.safetensors'));
    try {
      const config = modelFromHuggingFace(json, folder, tensors.names);
      const state = device.createState();
      await loadWeights(config, tensors, state, device);
      const program = await device.compile({ name: 'logits', outputs: { logits: logitsOf(config) } }, state);
      const ints = (name: string): Int32Array => Int32Array.from(inputs.readTyped(name), Number);
      const feeds = {
        ids: ints('input_ids'),
        mask: ints('attention_mask'),
        segments: inputs.has('token_type_ids') ? ints('token_type_ids') : new Int32Array(B * T),
      };
      return (await program.run(feeds)).logits!.data as Float32Array;
    } finally {
      tensors.close();
      inputs.close();
    }
  }

  /** Padding that a decoder sees here and not there means nothing. */
  function requireSame(got: Float32Array, path: string, base: string): void {
    const mask = new SafetensorsFile(join(base, 'inputs.safetensors')).readTyped('attention_mask');
    const expected = new SafetensorsFile(path).readFloat32('logits');
    const perToken = expected.length / (B * T);
    const worst = difference(
      got,
      expected,
      (i) => perToken < 1 || Number(mask[Math.floor(i / perToken)]) === 1,
    );
    assert.ok(worst < 2e-5, `the logits differ by ${worst}`);
  }

  const adapters = {
    'with rsLoRA, ranks and alphas by pattern': 'llama/rslora',
    'with the head of classes of BERT': 'bert/sequence_classification/lora',
    'with a head of classes that its base, a RoBERTa, has not': 'roberta/classes',
    'with both layers of the head of DistilBERT': 'distilbert/sequence_classification/lora',
  };
  for (const [title, name] of Object.entries(adapters)) {
    it(`${title} give the same logits`, async () => {
      const folder = join(FIXTURES, name);
      requireSame(
        await logits(folder, dirname(folder)),
        join(folder, 'lora_expected.safetensors'),
        dirname(folder),
      );
    });
  }

  it('combined give the logits of add_weighted_adapter', async () => {
    const base = join(FIXTURES, 'llama');
    const out = join(scratch, 'both');
    const parts = [
      { adapter: join(base, 'lora'), weight: 0.7 },
      { adapter: join(base, 'rslora'), weight: -0.3 },
    ];
    const { rank } = await combine({ parts, out });
    assert.equal(rank, 8);
    requireSame(await logits(out, base), join(base, 'combined/expected.safetensors'), base);
  });

  it('combined with what takes them away again are the base', async () => {
    const base = join(FIXTURES, 'llama');
    const out = join(scratch, 'nothing');
    const weights = { lora: 0.7, rslora: 0.3 };
    const parts = Object.entries(weights).flatMap(([name, weight]) =>
      [weight, -weight].map((each) => ({ adapter: join(base, name), weight: each })),
    );
    await combine({ parts, out });
    const [plain, merged] = [readModelFolder(base).tensors, readModelFolder(out).tensors];
    for (const name of plain.names) {
      const worst = difference(merged.readFloat32(name), plain.readFloat32(name));
      assert.ok(worst < 1e-6, `${name} differs by ${worst}`);
    }
    for (const tensors of [plain, merged]) tensors.close();
  });

  it('of several bases, of other shapes, or with modules of their own can not be combined', async () => {
    const refuse = (names: string[], message: RegExp): Promise<void> => {
      const parts = names.map((adapter) => ({ adapter, weight: 1 }));
      return assert.rejects(combine({ parts, out: join(scratch, 'refused') }), { code: 'usage', message });
    };
    const llama = join(FIXTURES, 'llama');
    await refuse([join(llama, 'lora'), join(FIXTURES, 'bert/lora')], /can not be combined: their bases are/);
    await refuse([join(FIXTURES, 'roberta/classes')], /keeps classifier\.\S+ whole/);
    await refuse([llama], /is no adapter/);
    // with a hash, it is the weights that count and not the folder
    const moved = join(scratch, 'moved');
    cpSync(llama, moved, { recursive: true });
    for (const [name, parent] of [
      ['first', llama],
      ['second', moved],
    ] as const) {
      const parts = [{ adapter: join(parent, 'lora'), weight: 1 }];
      await combine({ parts, out: join(scratch, name) });
    }
    const own = ['first', 'second'].map((name) => ({ adapter: join(scratch, name), weight: 0.5 }));
    await combine({ parts: own, out: join(scratch, 'same') });
    const adapter = openAdapter(join(scratch, 'same'));
    assert.equal(adapter.layers.get('model.layers.0.self_attn.q_proj')!.rank, 8);
    adapter.file.close();
  });
});
