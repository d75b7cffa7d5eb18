/** Exported ONNX models, run by onnxruntime-node alone, give what Hugging Face's code and Cloze itself give. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readJson } from '../../worker/base/files.ts';
import { readModelFolder } from '../../worker/checkpoints/folder.ts';
import { SafetensorsFile } from '../../worker/checkpoints/safetensors.ts';
import { type OnnxFileOptions } from '../../worker/export/onnx/file.ts';
import { writeOnnxFolder } from '../../worker/export/onnx/folder.ts';
import { Decoder } from '../../worker/generation/decoder.ts';
import { modelFromHuggingFace } from '../../worker/models/huggingface.ts';
import { loadModel } from '../../worker/models/load.ts';
import { openParameters } from '../../worker/models/weights.ts';
import type { Device } from '../../worker/runtime/device.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { DECODER_FIXTURES } from '../support/decoder-fixtures.ts';
import { floats, int64, OnnxDecoder, openSession } from '../support/onnx-reader.ts';
import { difference } from './golden.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const B = 2;
const T = 17;
const TOLERANCE = 2e-5;

const GenerationJson = z.object({ prompt_ids: z.array(z.int()), new_ids: z.array(z.int()) });

/** The model of a fixture as ONNX; gives the path of the model file. */
async function exported(name: string, out: string, options?: OnnxFileOptions): Promise<string> {
  const { config: json, tensors } = readModelFolder(join(FIXTURES, name));
  try {
    const config = modelFromHuggingFace(json, name, tensors.names);
    const parameters = openParameters(config, tensors);
    await writeOnnxFolder(out, { config, json, parameters, tokenizerFiles: {} }, options);
  } finally {
    tensors.close();
  }
  return join(out, 'onnx', 'model.onnx');
}

/** Rows of an int64 input of a fixture. */
function rowsOf(name: string, input: string): number[][] {
  const file = new SafetensorsFile(join(FIXTURES, name, 'inputs.safetensors'));
  const all = Array.from(file.readTyped(input), Number);
  file.close();
  return Array.from({ length: B }, (_, row) => all.slice(row * T, (row + 1) * T));
}

function expectedOf(name: string, output: string): Float32Array {
  const file = new SafetensorsFile(join(FIXTURES, name, 'expected.safetensors'));
  const values = file.readFloat32(output);
  file.close();
  return values;
}

function best(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}

const last = (logits: Float32Array, vocab: number): Float32Array => logits.subarray(logits.length - vocab);

describe('a decoder as ONNX', () => {
  let device: Device;
  let folder: string;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-onnx-'));
  });
  after(async () => {
    await device.close();
    rmSync(folder, { recursive: true });
  });

  for (const name of DECODER_FIXTURES) {
    describe(name, () => {
      let path: string;
      let prompt: number[];
      let continuation: number[];
      before(async () => {
        path = await exported(name, mkdtempSync(join(folder, 'model-')));
        const json = await readJson(join(FIXTURES, name, 'generation.json'), GenerationJson);
        [prompt, continuation] = [json.prompt_ids, json.new_ids];
      });

      it("gives Hugging Face's logits of a padded batch", async () => {
        const mask = rowsOf(name, 'attention_mask');
        const logits = await (await OnnxDecoder.open(path, B)).read(rowsOf(name, 'input_ids'), mask);
        const got = Float32Array.from(logits.flatMap((row) => Array.from(row)));
        const width = got.length / (B * T);
        const real = (i: number): boolean => mask.flat()[Math.floor(i / width)] === 1;
        const worst = difference(got, expectedOf(name, 'logits'), real);
        assert.ok(worst < TOLERANCE, `differs by ${worst}`);
      });

      it("goes on as Hugging Face and Cloze's decoder do, token by token, with the cache and without", async () => {
        const { config, state } = await loadModel(join(FIXTURES, name), device);
        const own = await Decoder.create(device, config, state);
        const cached = await OnnxDecoder.open(path);
        let { logits } = await own.prefill(prompt);
        let got = last((await cached.read([prompt]))[0]!, config.vocab);
        const ids: number[] = [];
        while (ids.length < continuation.length) {
          const whole = await (await OnnxDecoder.open(path)).read([[...prompt, ...ids]]);
          for (const expected of [logits, last(whole[0]!, config.vocab)]) {
            const worst = difference(got, expected);
            assert.ok(worst < TOLERANCE, `at ${prompt.length + ids.length} differs by ${worst}`);
          }
          ids.push(best(got));
          logits = await own.append(ids.slice(-1));
          got = last((await cached.read([ids.slice(-1)]))[0]!, config.vocab);
        }
        assert.deepEqual(ids, continuation);
      });

      it('goes on from two prompts of other lengths, padded at the left, as from each alone', async () => {
        const prompts = [prompt, [...prompt, ...continuation.slice(0, 3)].reverse()];
        const longest = Math.max(...prompts.map(({ length }) => length));
        const padded = prompts.map((ids) => [...new Array<number>(longest - ids.length).fill(0), ...ids]);
        const mask = prompts.map((ids) => padded[0]!.map((_, i) => Number(i >= longest - ids.length)));
        const together = await OnnxDecoder.open(path, 2);
        const alone = await Promise.all(prompts.map(() => OnnxDecoder.open(path)));
        let both = await together.read(padded, mask);
        let each = await Promise.all(prompts.map(async (ids, i) => (await alone[i]!.read([ids]))[0]!));
        const width = both[0]!.length / longest;
        for (let step = 0; step < 10; step++) {
          const worst = Math.max(
            ...both.map((row, i) => difference(last(row, width), last(each[i]!, width))),
          );
          assert.ok(worst < TOLERANCE, `step ${step} differs by ${worst}`);
          const next = each.map((row) => best(last(row, width)));
          both = await together.read(next.map((id) => [id]));
          each = await Promise.all(next.map(async (id, i) => (await alone[i]!.read([[id]]))[0]!));
        }
      });
    });
  }

  it('has weights that are too large for one file in another', async () => {
    const name = 'llama';
    const whole = await OnnxDecoder.open(await exported(name, mkdtempSync(join(folder, 'whole-'))));
    const out = mkdtempSync(join(folder, 'parts-'));
    const parts = await OnnxDecoder.open(await exported(name, out, { mostInlineBytes: 1000 }));
    const ids = rowsOf(name, 'input_ids').slice(0, 1);
    assert.deepEqual(await parts.read(ids), await whole.read(ids));
    const config = await readJson(join(out, 'config.json'), z.looseObject({}));
    assert.deepEqual(config['transformers.js_config'], { use_external_data_format: true });
  });

  it('has an adapter merged into it', async () => {
    const adapted = 'llama/lora';
    const decoder = await OnnxDecoder.open(await exported(adapted, mkdtempSync(join(folder, 'lora-'))), B);
    const mask = rowsOf('llama', 'attention_mask');
    const logits = await decoder.read(rowsOf('llama', 'input_ids'), mask);
    const got = Float32Array.from(logits.flatMap((row) => Array.from(row)));
    const file = new SafetensorsFile(join(FIXTURES, adapted, 'lora_expected.safetensors'));
    const real = (i: number): boolean => mask.flat()[Math.floor(i / (got.length / (B * T)))] === 1;
    const worst = difference(got, file.readFloat32('logits'), real);
    assert.ok(worst < TOLERANCE, `differs by ${worst}`);
  });
});

describe('an encoder as ONNX', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'cloze-onnx-'))));
  after(() => rmSync(folder, { recursive: true }));

  const OUTPUTS = {
    bert: ['prediction_logits', 'seq_relationship_logits'],
    'bert/sequence_classification': ['logits'],
    'bert/token_classification': ['logits'],
    'bert/question_answering': ['start_logits', 'end_logits'],
    distilbert: ['logits'],
    'distilbert/sequence_classification': ['logits'],
    'distilbert/question_answering': ['start_logits', 'end_logits'],
    roberta: ['logits'],
  };
  for (const [name, outputs] of Object.entries(OUTPUTS)) {
    it(`gives Hugging Face's ${outputs.join(' and ')} of ${name}, padded and not`, async () => {
      const session = await openSession(await exported(name, mkdtempSync(join(folder, 'model-'))));
      assert.deepEqual(session.outputNames, outputs);
      const mask = rowsOf(name, 'attention_mask');
      const feeds = Object.fromEntries(
        session.inputNames.map((input) => [input, rowsOf(name, input)] as const),
      );
      const padded = await session.run(mapped(feeds, int64));
      const length = mask[1]!.indexOf(0);
      const alone = await session.run(mapped(feeds, ([, row]) => int64([row!.slice(0, length)])));
      for (const output of outputs) {
        const expected = expectedOf(name, output);
        const perRow = expected.length / B;
        const perToken = padded[output]!.dims[1] === T ? perRow / T : perRow;
        const real = (i: number): boolean =>
          perToken === perRow || mask.flat()[Math.floor(i / perToken)] === 1;
        const worst = difference(floats(padded[output]), expected, real);
        assert.ok(worst < TOLERANCE, `${output} differs by ${worst}`);
        const count = floats(alone[output]).length;
        const own = difference(floats(alone[output]), expected.subarray(perRow, perRow + count));
        assert.ok(own < TOLERANCE, `${output} of the second text alone differs by ${own}`);
      }
    });
  }
});

function mapped<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
