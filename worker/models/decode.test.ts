import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FREE } from '../graph/open-sizes.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type GptConfig, GptConfigSchema } from './config.ts';
import { decodeFeeds, decodeProgram, decodeStates } from './decode.ts';
import { initialWeights } from './initialise.ts';
import { sequenceModel } from './sequence.ts';

const base = {
  vocab: 61,
  context: 24,
  layers: 2,
  width: 32,
  heads: 4,
  kvHeads: 4,
  headWidth: 8,
  feedForward: 64,
};
const llama = {
  ...base,
  layout: 'llama',
  norm: 'rmsnorm',
  positions: 'rotary',
  activation: 'swiglu',
  bias: 'none',
  tiedHead: false,
};
const models: Record<string, unknown> = {
  'GPT-2': base,
  'GPT-1': { ...base, layout: 'openai-gpt', normPlacement: 'post' },
  'Llama with GQA': { ...llama, kvHeads: 2 },
  'Llama with MQA': { ...llama, kvHeads: 1 },
  'GPT-2 with heads of width 12': { ...base, width: 48, headWidth: 12 },
  'Llama with heads of width 6': { ...llama, headWidth: 6, kvHeads: 2 },
  Qwen2: { ...llama, layout: 'qwen2', bias: 'qkv', kvHeads: 2, tiedHead: true },
};

describe('cached decoding', () => {
  let device: Device;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
  });
  after(() => device.close());

  for (const [name, fields] of Object.entries(models)) {
    const config = GptConfigSchema.parse(fields);
    it(`gives ${name} the logits of the whole sequence at every position, however it is split`, async () => {
      const parameters = await randomModel(device, config);
      const tokens = Int32Array.from({ length: config.context }, (_, i) => (i * i * 7 + 3) % config.vocab);
      const expected = await wholeSequence(device, parameters, config, tokens);
      for (const splits of [[24], [1, 7, 1, 3, 12], Array.from<number>({ length: 24 }).fill(1), [16, 8]]) {
        for (const frozen of [false, true]) {
          const run = await decoding(device, parameters, config, frozen);
          for (let start = 0, i = 0; start < tokens.length; start += splits[i++]!) {
            const part = tokens.subarray(start, start + splits[i]!);
            const logits = await run(part, start, [...part.keys()]);
            assertClose(
              logits,
              expected.subarray(start * config.vocab, (start + part.length) * config.vocab),
            );
          }
        }
      }
    });
  }

  it('gives the one row that is asked for, and overwrites padding', async () => {
    const config = GptConfigSchema.parse({ ...llama, kvHeads: 2 });
    const parameters = await randomModel(device, config);
    const tokens = Int32Array.from({ length: 12 }, (_, i) => (i * 11 + 2) % config.vocab);
    const expected = await wholeSequence(device, parameters, config, tokens);
    const run = await decoding(device, parameters, config, true);
    for (const [start, end] of [
      [0, 5],
      [5, 6],
      [6, 12],
    ] as const) {
      const logits = await run(tokens.subarray(start, end), start, [end - start - 1], 8);
      assertClose(logits, expected.subarray((end - 1) * config.vocab, end * config.vocab));
    }
  });

  it('shares the memory of the parameters and writes the cache where it lies', async () => {
    const config = GptConfigSchema.parse(base);
    const parameters = await randomModel(device, config);
    const state = await decodeStates(device, config, parameters, 16);
    for (const name of parameters.names) assert.equal(state.view(name), parameters.view(name));
    const key = state.view('cache/key/1')!;
    const program = await device.compile(
      decodeProgram(config, { length: 1, capacity: 16, picked: 1, frozen: false }),
      state,
    );
    const before = key.slice();
    await program.run(decodeFeeds([3], 5, 1, [0]));
    assert.equal(state.view('cache/key/1'), key);
    const changed = [...key.keys()].filter((i) => key[i] !== before[i]);
    const rowOf = (i: number): number => Math.floor(i / config.headWidth) % 16;
    assert.deepEqual([...new Set(changed.map(rowOf))], [5]);
  });
});

async function randomModel(device: Device, config: GptConfig): Promise<DeviceState> {
  const state = device.createState();
  for (const { name, shape, data } of initialWeights({ ...config, initRange: 0.3 }, 7)) {
    for (let i = 0; shape.length === 1 && i < data.length; i++) data[i]! += 0.1 * Math.sin(i + name.length);
    await state.write(name, { dtype: 'float32', shape, data });
  }
  return state;
}

async function wholeSequence(
  device: Device,
  parameters: DeviceState,
  config: GptConfig,
  tokens: Int32Array,
): Promise<Float32Array> {
  const { logits } = sequenceModel(config, 1, tokens.length, false);
  const program = await device.compile({ name: 'sequence', outputs: { logits } }, parameters);
  return (await program.run({ ids: tokens })).logits!.data as Float32Array;
}

type Run = (
  tokens: Int32Array,
  start: number,
  rows: readonly number[],
  length?: number,
) => Promise<Float32Array>;

/** A program of any length, or one of the length that a run asks for. */
async function decoding(
  device: Device,
  parameters: DeviceState,
  config: GptConfig,
  frozen: boolean,
): Promise<Run> {
  const capacity = config.context;
  const state = await decodeStates(device, config, parameters, capacity);
  const any = { length: FREE.rows, capacity, picked: FREE.picked, frozen };
  const free = await device.compile(decodeProgram(config, any), state);
  return async (tokens, start, rows, length) => {
    const fixed = { length: length ?? 0, capacity, picked: rows.length, frozen };
    const program = length === undefined ? free : await device.compile(decodeProgram(config, fixed), state);
    const feeds = decodeFeeds(tokens, start, length ?? tokens.length, rows);
    return (await program.run(feeds)).logits!.data as Float32Array;
  };
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  assert.ok(worst < 1e-4, `logits differ by ${worst}`);
}
