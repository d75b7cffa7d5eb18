import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { dequantised } from '../../test/support/dequantised.ts';
import { gradients } from '../graph/autodiff.ts';
import { FREE } from '../graph/open-sizes.ts';
import type { Quantised } from '../nn/quantised.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type GptConfig, GptConfigSchema } from './config.ts';
import { decodeFeeds, decodeProgram, decodeStates } from './decode.ts';
import { initialWeights, type NamedWeights } from './initialise.ts';
import { initialAdapter, LoraSettingsSchema, newAdapter, trainedShapes } from './lora.ts';
import { quantisedBase, quantisedForGeneration, stateShapes, stateValues } from './quantised.ts';
import { sequenceModel, tokenLoss } from './sequence.ts';
import { WeightFile } from './weight-file.ts';

const shape = {
  vocab: 61,
  context: 24,
  layers: 2,
  width: 64,
  heads: 4,
  kvHeads: 4,
  headWidth: 16,
  feedForward: 96,
};
const MODELS: Readonly<Record<string, GptConfig>> = {
  'GPT-2': GptConfigSchema.parse(shape),
  Qwen2: GptConfigSchema.parse({
    ...shape,
    kvHeads: 2,
    layout: 'qwen2',
    norm: 'rmsnorm',
    positions: 'rotary',
    activation: 'swiglu',
    bias: 'qkv',
  }),
  'Llama with a head of its own': GptConfigSchema.parse({
    ...shape,
    layout: 'llama',
    norm: 'rmsnorm',
    positions: 'rotary',
    activation: 'swiglu',
    bias: 'none',
    tiedHead: false,
  }),
  Mixtral: GptConfigSchema.parse({
    ...shape,
    layout: 'mixtral',
    norm: 'rmsnorm',
    positions: 'rotary',
    activation: 'swiglu',
    bias: 'none',
    tiedHead: false,
    experts: 4,
  }),
};
const tokens = Int32Array.from({ length: 12 }, (_, i) => (i * 11 + 2) % shape.vocab);

describe('quantised weights', () => {
  let device: Device;
  let folder: string;
  before(async () => {
    ({ device } = await openDevice('cpu', { threads: 1 }));
    folder = mkdtempSync(join(tmpdir(), 'cloze-weights-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await device.close();
  });

  /** A state with these weights, those that are quantised as a file has them. */
  async function stateOf(
    config: GptConfig,
    weights: Iterable<NamedWeights>,
    quantised?: Quantised,
  ): Promise<DeviceState> {
    const state = device.createState();
    const file = new WeightFile(folder);
    for (const value of stateValues(config, quantised, weights)) {
      if (quantised === undefined) await state.write(value.name, value);
      else file.add(value, state);
    }
    file.close();
    return state;
  }

  async function decoded(
    config: GptConfig,
    state: DeviceState,
    quantised?: Quantised,
  ): Promise<Float32Array> {
    const own = await decodeStates(device, config, state, config.context, { quantised });
    const options = {
      length: FREE.rows,
      picked: FREE.picked,
      capacity: config.context,
      frozen: true,
      quantised,
    };
    const program = await device.compile(decodeProgram(config, options), own);
    const feeds = decodeFeeds(tokens, 0, tokens.length, [...tokens.keys()]);
    return (await program.run(feeds)).logits!.data as Float32Array;
  }

  for (const [name, config] of Object.entries(MODELS)) {
    const weights = [...initialWeights({ ...config, initRange: 0.1 }, 7)];

    it(`give ${name} the logits of float32 weights with their values`, async () => {
      for (const precision of ['int8', 'int4'] as const) {
        const quantised = quantisedForGeneration(config, precision)!;
        const plain = await decoded(config, await stateOf(config, dequantised(config, quantised, weights)));
        const exact = { ...quantised, rounded: false };
        assertNear(await decoded(config, await stateOf(config, weights, exact), exact), plain, 1e-5);
        assertNear(await decoded(config, await stateOf(config, weights, quantised), quantised), plain, 0.03);
      }
    });

    it(`of 8 bits change little of what ${name} says, of 4 bits more`, async () => {
      const before = await decoded(config, await stateOf(config, weights));
      const of = async (precision: 'int8' | 'int4'): Promise<number> => {
        const quantised = quantisedForGeneration(config, precision)!;
        return relative(await decoded(config, await stateOf(config, weights, quantised), quantised), before);
      };
      const [eight, four] = [await of('int8'), await of('int4')];
      assert.ok(eight > 0 && eight < 0.03, `8 bits: ${eight}`);
      assert.ok(four > eight && four < 0.4, `4 bits: ${four}`);
    });

    it(`under an adapter of ${name} have the loss and the gradients of float32 weights with their values`, async () => {
      const settings = LoraSettingsSchema.parse({ rank: 4, targets: ['all-linear'], base: 'int4' });
      const adapter = newAdapter(config, settings);
      const ab = [...initialAdapter(adapter, 'gaussian', 3)].map((weight) => ({
        ...weight,
        data: weight.data.map((v, i) => v + 0.1 * Math.sin(i)), // B is zero else
      }));
      const run = async (state: DeviceState, quantised: Quantised | undefined): Promise<Float32Array[]> => {
        for (const weight of ab) await state.write(weight.name, { ...weight, dtype: 'float32' });
        const model = sequenceModel(config, 1, tokens.length, true, { ...adapter, quantised });
        const { loss } = tokenLoss(model);
        const names = [...trainedShapes(config, adapter).keys()];
        const found = gradients(
          loss,
          names.map((each) => model.graph.states.get(each)!),
        );
        const outputs = { loss, ...Object.fromEntries(names.map((_, i) => [`gradient${i}`, found[i]!])) };
        const program = await device.compile({ name: 'gradients', outputs }, state);
        const targets = Int32Array.from(tokens, (id) => (id + 1) % config.vocab);
        const results = await program.run({ ids: tokens, targets, dropoutKey: new Int32Array(2) });
        return Object.values(results).map(({ data }) => (data as Float32Array).slice());
      };
      const quantised = quantisedBase(config, 'int4')!;
      assert.deepEqual(adapter.quantised, quantised);
      const state = await stateOf(config, dequantised(config, quantised, weights));
      const expected = await run(state, undefined);
      const frozen = device.createState();
      const file = new WeightFile(folder);
      for (const value of stateValues(config, quantised, weights)) {
        if (weights.some((each) => each.name === value.name)) await frozen.write(value.name, value);
        else file.add(value, frozen);
      }
      file.close();
      for (const [i, got] of (await run(frozen, quantised)).entries()) assertNear(got, expected[i]!, 1e-4);
    });
  }

  it('are those of layers whose input is a multiple of 32, and the tables with 8 bits', () => {
    const config = { ...MODELS['GPT-2']!, feedForward: 80 };
    const { bits } = quantisedForGeneration(config, 'int4')!;
    assert.equal(bits.get('transformer.h.1.attn.c_attn'), 4);
    assert.equal(bits.get('transformer.h.1.mlp.c_fc'), 4);
    assert.equal(bits.has('transformer.h.1.mlp.c_proj'), false);
    assert.equal(bits.get('transformer.wte'), 8);
    const states = stateShapes(config, { bits, rounded: true });
    assert.deepEqual(states.get('transformer.h.0.attn.c_attn.weight.codes'), {
      dtype: 'uint8',
      shape: [192, 2, 16],
    });
    assert.deepEqual(states.get('transformer.wte.weight.scales'), { dtype: 'float32', shape: [61, 2] });
    assert.equal(states.get('transformer.h.0.mlp.c_proj.weight')?.dtype, 'float32');
    assert.equal(quantisedForGeneration(config, 'float32'), undefined);
  });

  it('lie in a file that goes, also after a process that was killed', () => {
    const own = join(folder, 'own');
    new WeightFile(own).remove();
    assert.deepEqual(readdirSync(own), []);
    writeFileSync(join(own, '999999999-1.weights'), 'left');
    writeFileSync(join(own, 'another'), 'not ours');
    const file = new WeightFile(own);
    assert.equal(readdirSync(own).includes('999999999-1.weights'), false);
    file.remove();
    assert.deepEqual(readdirSync(own), ['another']);
  });
});

function relative(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  const off = norm(actual.map((v, i) => v - expected[i]!));
  return off === 0 ? 0 : off / norm(expected); // an expert that no token came to has no gradient
}

function assertNear(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const error = relative(actual, expected);
  assert.ok(error < tolerance, `off by ${error}`);
}
