/** A model that is open for inspection. */
import { ClozeError } from '../base/errors.ts';
import { type BertConfig, type GptConfig, isEncoder, type ModelConfig } from '../models/config.ts';
import { loadAnyTextModel } from '../models/load.ts';
import type { Device } from '../runtime/device.ts';
import { type EncoderSpecials, encoderSpecials } from '../tokenizers/pairs.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { AttentionReader } from './attention-reader.ts';
import { headEntropies } from './heads.ts';
import { mostTokens } from './lengths.ts';
import { MaskPredictor } from './mask-predictor.ts';
import type { Attention, Prediction } from './result.ts';
import { decoderTokens, encoderTokens, nameOf, type ShownTokens } from './tokens.ts';

export interface InspectedText {
  readonly text: string;
  /** What follows in the same input; encoders only. */
  readonly second?: string | undefined;
  /** Tokens in whose place the mask stands; encoders only. */
  readonly masked?: readonly number[] | undefined;
}

export interface InspectedPlace extends InspectedText {
  readonly position: number;
  /** How many predictions. */
  readonly count: number;
}

/** All but whose it is. */
export type FoundAttention = Omit<Attention, 'name' | 'folder' | 'step' | 'base' | 'difference'>;

export interface InspectedModel {
  /** The weights of all heads. Throws `usage` for what this model can not be shown, `provider`. */
  attention(text: InspectedText): Promise<FoundAttention>;
  /** What stands at a place, the likeliest first. Throws `usage`, `provider`. */
  predict(place: InspectedPlace): Promise<Prediction[]>;
}

/** Opens a model folder. Throws `checkpoint`, `tokenizer`, `model`. */
export async function openInspected(folder: string, device: Device): Promise<InspectedModel> {
  const model = await loadAnyTextModel(folder, device);
  const { config, state, tokenizer } = model;
  const reader = new AttentionReader(device, state, config);
  return isEncoder(config)
    ? new InspectedEncoder(config, tokenizer, reader, new MaskPredictor(device, state, config))
    : new InspectedDecoder(config, tokenizer, reader);
}

class InspectedDecoder implements InspectedModel {
  readonly #config: GptConfig;
  readonly #tokenizer: Tokenizer;
  readonly #reader: AttentionReader;

  constructor(config: GptConfig, tokenizer: Tokenizer, reader: AttentionReader) {
    this.#config = config;
    this.#tokenizer = tokenizer;
    this.#reader = reader;
  }

  async attention({ text, second, masked = [] }: InspectedText): Promise<FoundAttention> {
    const { layout } = this.#config;
    if ((second ?? '') !== '' || masked.length > 0) throw onlyEncoders(layout);
    const shown = decoderTokens(this.#tokenizer, text, mostTokens(this.#config));
    const kind = { kind: layout, causal: true, pairs: false, predicts: false };
    return { ...kind, ...(await weighed(shown, this.#config, this.#reader)) };
  }

  predict(): Promise<Prediction[]> {
    return Promise.reject(onlyEncoders(this.#config.layout));
  }
}

class InspectedEncoder implements InspectedModel {
  readonly #config: BertConfig;
  readonly #tokenizer: Tokenizer;
  readonly #specials: EncoderSpecials;
  readonly #reader: AttentionReader;
  readonly #predictor: MaskPredictor;

  constructor(config: BertConfig, tokenizer: Tokenizer, reader: AttentionReader, predictor: MaskPredictor) {
    this.#config = config;
    this.#tokenizer = tokenizer;
    this.#specials = encoderSpecials(tokenizer);
    this.#reader = reader;
    this.#predictor = predictor;
  }

  async attention(text: InspectedText): Promise<FoundAttention> {
    const predicts = this.#predicts;
    const kind = { kind: this.#config.layout, causal: false, pairs: true, predicts };
    return { ...kind, ...(await weighed(this.#shown(text), this.#config, this.#reader)) };
  }

  async predict({ position, count, ...text }: InspectedPlace): Promise<Prediction[]> {
    if (!this.#predicts) throw noMaskedHead(this.#config.head);
    const shown = this.#shown(text);
    requireWord(shown, position);
    // a model may have more rows than its vocabulary has tokens
    const isToken = (id: number): boolean => this.#tokenizer.idToToken(id) !== undefined;
    const found = await this.#predictor.predict(shown, position, count, isToken);
    return found.map(({ id, probability }) => ({ id, text: nameOf(this.#tokenizer, id), probability }));
  }

  get #predicts(): boolean {
    return this.#config.head === 'mlm' || this.#config.head === 'mlm+nsp';
  }

  #shown(text: InspectedText): ShownTokens {
    const shown = encoderTokens(this.#tokenizer, this.#specials, text, mostTokens(this.#config));
    const { mask } = this.#specials;
    return withMask(shown, text.masked ?? [], mask, nameOf(this.#tokenizer, mask));
  }
}

/** The same tokens with the mask in the place of some. Throws `usage` for a place that has no word. */
function withMask(shown: ShownTokens, masked: readonly number[], id: number, name: string): ShownTokens {
  for (const position of masked) requireWord(shown, position);
  const isMasked = new Set(masked);
  return {
    ...shown,
    ids: shown.ids.map((each, at) => (isMasked.has(at) ? id : each)),
    tokens: shown.tokens.map((token, at) => (isMasked.has(at) ? { ...token, id, text: name } : token)),
  };
}

function requireWord({ tokens }: ShownTokens, position: number): void {
  if (tokens[position]?.special === false) return;
  const what = tokens[position] === undefined ? 'none' : `the special token ${tokens[position].text}`;
  throw new ClozeError(
    'usage',
    `expected the place of a word among ${tokens.length} tokens, got ${position}: ${what}`,
    {
      hint: 'special tokens are not masked, nor predicted',
    },
  );
}

/** Tokens with their weights; of an empty text there are none. */
async function weighed(
  { tokens, total, ...input }: ShownTokens,
  { layers, heads }: Pick<ModelConfig, 'layers' | 'heads'>,
  reader: AttentionReader,
): Promise<Pick<Attention, 'layers' | 'heads' | 'tokens' | 'total' | 'weights' | 'entropies'>> {
  const facts = { layers, heads, tokens, total };
  if (tokens.length === 0)
    return { ...facts, weights: new Float32Array(0), entropies: new Float32Array(layers * heads) };
  const weights = await reader.read(input);
  return { ...facts, weights, entropies: headEntropies(weights, tokens.length) };
}

function onlyEncoders(layout: string): ClozeError {
  return new ClozeError('usage', `a ${layout} model reads one text and has no masked tokens`, {
    hint: 'a second text and a mask are for encoders, such as BERT',
  });
}

function noMaskedHead(head: string): ClozeError {
  return new ClozeError('usage', `the model has no head for masked tokens, but: ${head}`, {
    hint: 'take a model that was trained with masked language modelling',
  });
}
