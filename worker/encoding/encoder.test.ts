import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import type { Encoder, EncoderInput } from './encoder.ts';
import { layerName, MOST_POSITIONS, type Question } from './programs.ts';
import { fixtureEncoder, fixtureFolder } from './test-support.ts';

/** Tokens of each row of the fixtures, of which the second is padded. */
const T = 17;
const TOLERANCE = 2e-5;

function fixture(name: string): { inputs: EncoderInput[]; expected: SafetensorsFile } {
  const file = new SafetensorsFile(`${fixtureFolder(name)}/inputs.safetensors`);
  const ints = (tensor: string): Int32Array => Int32Array.from(file.readTyped(tensor), Number);
  const [ids, mask] = [ints('input_ids'), ints('attention_mask')];
  const segments = file.has('token_type_ids') ? ints('token_type_ids') : new Int32Array(ids.length);
  const inputs = [0, 1].map((row) => {
    const tokens = mask.subarray(row * T, (row + 1) * T).reduce((a, b) => a + b, 0);
    const part = (all: Int32Array): Int32Array => all.slice(row * T, row * T + tokens);
    return { ids: part(ids), segments: part(segments) };
  });
  return { inputs, expected: new SafetensorsFile(`${fixtureFolder(name)}/expected.safetensors`) };
}

/** Fails unless two rows of numbers are the same but for rounding. */
function same(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  for (let i = 0; i < expected.length; i++) {
    assert.ok(
      Math.abs(got[i]! - expected[i]!) < TOLERANCE,
      `${what}: ${got[i]} at ${i}, expected ${expected[i]}`,
    );
  }
}

describe('Encoder', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  const copies = (encoder: Encoder, question: Question, inputs: readonly EncoderInput[], output: string) =>
    encoder.ask(question, inputs, (answers) => answers[output]!.slice());

  /** Row `row` of a tensor [2, ...] of what Hugging Face's code gave. */
  const rowOf = (all: Float32Array, row: number): Float32Array =>
    all.subarray((row * all.length) / 2, ((row + 1) * all.length) / 2);

  it('gives the logits of classes, tags and spans that Hugging Face gives', async () => {
    const cases = [
      ['bert/sequence_classification', 'classes', 'logits', 'logits'],
      ['bert/token_classification', 'tags', 'logits', 'logits'],
      ['bert/question_answering', 'spans', 'start', 'start_logits'],
      ['bert/question_answering', 'spans', 'end', 'end_logits'],
    ] as const;
    for (const [name, question, output, tensor] of cases) {
      const { inputs, expected } = fixture(name);
      const all = expected.readFloat32(tensor);
      const got = await copies(await fixtureEncoder(device, name), question, inputs, output);
      for (const [row, { ids }] of inputs.entries()) {
        const own = rowOf(all, row);
        same(got[row]!, question === 'classes' ? own : own.subarray(0, (own.length / T) * ids.length), name);
      }
    }
  });

  for (const [name, tensor] of [
    ['bert', 'prediction_logits'],
    ['roberta', 'logits'],
  ] as const) {
    it(`gives ${name}'s logits of masks, hidden states and their means as Hugging Face does`, async () => {
      const { inputs, expected } = fixture(name);
      const encoder = await fixtureEncoder(device, name);
      const positions = [1, 4, 9];
      const asked = inputs.map((input) => ({ ...input, positions }));
      const masked = await copies(encoder, 'masked', asked, 'logits');
      const logits = expected.readFloat32(tensor);
      const { vocab, width } = encoder.config;
      const hidden = expected.readFloat32('hidden_states.2');
      const middle = await copies(encoder, 'layers', asked, layerName(1));
      const last = await copies(encoder, 'layers', asked, layerName(2));
      const first = await copies(encoder, 'first', inputs, 'hidden');
      const mean = await copies(encoder, 'mean', inputs, 'hidden');
      for (const [row, { ids }] of inputs.entries()) {
        const at = (all: Float32Array, position: number, size: number): Float32Array =>
          rowOf(all, row).subarray(position * size, (position + 1) * size);
        for (const [i, position] of positions.entries()) {
          same(masked[row]!.subarray(i * vocab, (i + 1) * vocab), at(logits, position, vocab), 'masked');
          const states = expected.readFloat32('hidden_states.1');
          same(middle[row]!.subarray(i * width, (i + 1) * width), at(states, position, width), 'layer 1');
          same(last[row]!.subarray(i * width, (i + 1) * width), at(hidden, position, width), 'layer 2');
        }
        same(first[row]!, at(hidden, 0, width), 'first');
        const sum = Float64Array.from({ length: width }, (_, c) =>
          [...ids.keys()].reduce((total, t) => total + at(hidden, t, width)[c]!, 0),
        );
        same(
          mean[row]!,
          sum.map((value) => value / ids.length),
          'mean',
        );
      }
    });
  }

  it('gives the bare token embedding as layer 0', async () => {
    const { inputs } = fixture('bert');
    const weights = new SafetensorsFile(`${fixtureFolder('bert')}/model.safetensors`);
    const table = weights.readFloat32('bert.embeddings.word_embeddings.weight');
    const encoder = await fixtureEncoder(device, 'bert');
    const { width } = encoder.config;
    const [got] = await copies(encoder, 'layers', [{ ...inputs[0]!, positions: [3] }], layerName(0));
    const id = inputs[0]!.ids[3]!;
    assert.deepEqual(got!.subarray(0, width), table.subarray(id * width, (id + 1) * width));
  });

  it('answers many sequences of many lengths as it answers each alone', async () => {
    const encoder = await fixtureEncoder(device, 'bert');
    const inputs = Array.from({ length: 21 }, (_, i) => {
      const ids = Int32Array.from({ length: 3 + ((i * 13) % 60) }, (__, t) => 5 + ((i * 31 + t * 7) % 200));
      return { ids, segments: new Int32Array(ids.length), positions: [1, ids.length - 1] };
    });
    for (const [question, output, size] of [
      ['mean', 'hidden', 48],
      ['masked', 'logits', 2 * 211],
    ] as const) {
      const together = await copies(encoder, question, inputs, output);
      for (const [i, input] of inputs.entries()) {
        const [alone] = await copies(encoder, question, [input], output);
        assert.equal(alone!.length, question === 'mean' ? size : MOST_POSITIONS * 211);
        same(together[i]!.subarray(0, size), alone!.subarray(0, size), `${question} of ${i}`);
      }
    }
  });

  it('ends between two batches when it is cancelled, and refuses a sequence that is too long', async () => {
    const encoder = await fixtureEncoder(device, 'bert');
    const sequence = (length: number): EncoderInput => ({
      ids: new Int32Array(length).fill(7),
      segments: new Int32Array(length),
    });
    const controller = new AbortController();
    let answered = 0;
    const asking = encoder.ask(
      'first',
      Array.from({ length: 20 }, () => sequence(9)),
      () => {
        if (++answered === 8) controller.abort();
      },
      { signal: controller.signal },
    );
    await assert.rejects(asking, { code: 'cancelled' });
    assert.equal(answered, 8);
    await assert.rejects(
      encoder.ask('first', [sequence(65)], () => undefined),
      {
        code: 'model',
        message: 'sequences of 65 tokens, but the model has 64 positions',
      },
    );
  });
});
