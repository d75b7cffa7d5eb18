/** Small models and tokenizers whose behaviour is known. */
import { type GptConfig, GptConfigSchema } from '../models/config.ts';
import { initialWeights } from '../models/initialise.ts';
import { parameterShapes } from '../models/layout.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { BpeTokenizer } from '../tokenizers/bpe.ts';
import { BYTE_SYMBOLS } from '../tokenizers/byte-symbols.ts';
import { bosFrame } from '../tokenizers/frame.ts';
import { SPECIAL } from '../tokenizers/tokenizer.ts';
import { Decoder, type DecoderOptions } from './decoder.ts';
import type { TextModel } from './generate.ts';

/** The 256 bytes, the merges given (`['h', 'he']` as pairs of byte symbols), then all special tokens. */
export function testTokenizer(merges: readonly (readonly [string, string])[] = []): BpeTokenizer {
  const tokens = [...BYTE_SYMBOLS, ...merges.map(([left, right]) => left + right)];
  const added = Object.values(SPECIAL).map((content, i) => ({
    id: tokens.length + i,
    content,
    special: true,
  }));
  return new BpeTokenizer({
    vocab: new Map(tokens.map((token, id) => [token, id])),
    merges,
    addedTokens: added,
  });
}

/** The same with a token before every text, <s>, the last of the vocabulary. */
export function tokenizerWithBos(merges: readonly (readonly [string, string])[] = []): BpeTokenizer {
  const { model, vocabSize: id } = testTokenizer(merges);
  const addedTokens = [...model.addedTokens, { id, content: '<s>', special: true }];
  return new BpeTokenizer({ ...model, addedTokens, frame: bosFrame('<s>', id) });
}

/** A small random decoder. */
export function smallConfig(fields: Partial<GptConfig> = {}): GptConfig {
  const shape = { context: 48, layers: 2, width: 32, heads: 4, kvHeads: 4, headWidth: 8, feedForward: 64 };
  return GptConfigSchema.parse({ vocab: 270, ...shape, ...fields });
}

export async function randomParameters(device: Device, config: GptConfig): Promise<DeviceState> {
  const state = device.createState();
  for (const { name, shape, data } of initialWeights({ ...config, initRange: 0.4 }, 3)) {
    await state.write(name, { dtype: 'float32', shape, data });
  }
  return state;
}

/**
 * The weights of a model that says `script[p]` after position p, whatever it has read: the embedding of a position is
 * its one-hot vector, that of a token zero, and the blocks add nothing.
 */
export async function scriptedParameters(
  device: Device,
  tokenizer: BpeTokenizer,
  script: readonly number[],
): Promise<{ config: GptConfig; state: DeviceState }> {
  const width = script.length;
  const config = GptConfigSchema.parse({
    vocab: tokenizer.vocabSize,
    context: width,
    layers: 1,
    width,
    heads: 1,
    kvHeads: 1,
    headWidth: width,
    feedForward: 1,
    bias: 'none',
    tiedHead: false,
  });
  const state = device.createState();
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (/ln_.*weight/.test(name)) data.fill(1);
    if (name === 'transformer.wpe.weight') for (let p = 0; p < width; p++) data[p * width + p] = 1;
    if (name === 'lm_head.weight') script.forEach((id, p) => (data[id * width + p] = 10));
    await state.write(name, { dtype: 'float32', shape, data });
  }
  return { config, state };
}

/** A model with {@link scriptedParameters}. */
export async function scriptedModel(
  device: Device,
  tokenizer: BpeTokenizer,
  script: readonly number[],
  options: DecoderOptions = {},
): Promise<TextModel> {
  const { config, state } = await scriptedParameters(device, tokenizer, script);
  const endOfText = tokenizer.specialTokens.get(SPECIAL.endOfText)!;
  return { decoder: await Decoder.create(device, config, state, options), tokenizer, endIds: [endOfText] };
}
