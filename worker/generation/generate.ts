/** Text from a model, token by token. */
import { z } from 'zod';
import { ClozeError } from '../base/errors.ts';
import { checked } from '../base/files.ts';
import { Random } from '../base/random.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Decoder } from './decoder.ts';
import { SamplingSchema, sampleToken } from './sampling.ts';
import { TextOutput } from './textOutput.ts';
import { TokenIndex } from './tokenIndex.ts';

/** A model that reads and writes text. */
export interface TextModel {
  readonly decoder: Decoder;
  readonly tokenizer: Tokenizer;
  /** Tokens that end a text. */
  readonly endIds: readonly number[];
}

/** What a user may set. */
export const GenerationSchema = SamplingSchema.extend({
  maxTokens: z.int().positive().default(128),
  /** Strings before which the text ends. */
  stop: z.array(z.string().min(1)).default([]),
});

export type GenerationSettings = z.infer<typeof GenerationSchema>;

export type GenerationOptions = z.input<typeof GenerationSchema> & {
  /** Fired: the generation ends within one token, with what there is. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that the text must begin with and that are not reported: the end of a prompt that was cut within a token. */
  readonly begin?: Uint8Array | undefined;
};

/** Why a generation ended: an end token, a stop string, no more tokens or positions, the signal. */
export type FinishReason = 'end' | 'stop' | 'length' | 'cancelled';

export type GenerationEvent = PromptEvent | TextEvent | DoneEvent;

/** The prompt has been read. */
export interface PromptEvent {
  readonly type: 'prompt';
  /** Tokens of the prompt as the model sees it. */
  readonly tokens: number;
  /** Of these, how many were in the cache from before. */
  readonly reused: number;
  /** Tokens cut off on the left, because the context does not hold them. */
  readonly dropped: number;
  readonly prefillMs: number;
}

/** Further text: whole characters, in which no stop string begins. */
export interface TextEvent {
  readonly type: 'text';
  readonly text: string;
}

export interface DoneEvent {
  readonly type: 'done';
  readonly reason: FinishReason;
  /** All of the text. */
  readonly text: string;
  /** Tokens chosen, an end token included. */
  readonly tokens: number;
  /** The stop string that was found. */
  readonly stop?: string | undefined;
  /** Mean time of a token after the first; undefined where there was none. */
  readonly msPerToken?: number | undefined;
  readonly tokensPerSecond?: number | undefined;
}

const inUse = new WeakSet<Decoder>();

/**
 * Continues a prompt: a 'prompt' event, 'text' events, and one 'done' event. The event loop gets a turn between two
 * tokens. A prompt that leaves too little room in the context loses tokens on its left, but keeps half of the
 * context; generation ends with 'length' where the context is full. An empty prompt becomes <|endoftext|>, after
 * which documents begin. Throws `usage` for a decoder that another generation is using, or for nothing to start
 * from, and for options out of range.
 */
export async function* generate(
  model: TextModel,
  prompt: string | ArrayLike<number>,
  options: GenerationOptions = {},
): AsyncGenerator<GenerationEvent, void, void> {
  const { decoder } = model;
  if (inUse.has(decoder)) {
    throw new ClozeError(
      'usage',
      'the model is in use: end the generation that is running before another begins',
    );
  }
  inUse.add(decoder);
  try {
    yield* run(model, prompt, options);
  } finally {
    inUse.delete(decoder);
  }
}

async function* run(
  model: TextModel,
  prompt: string | ArrayLike<number>,
  { signal, begin = new Uint8Array(), ...given }: GenerationOptions,
): AsyncGenerator<GenerationEvent, void, void> {
  const settings = checked(given, GenerationSchema, 'generation options', 'usage');
  const { decoder, tokenizer, endIds } = model;
  const whole = promptTokens(tokenizer, prompt);
  const kept = whole.slice(-promptRoom(decoder.capacity, settings.maxTokens));
  const output = new TextOutput(settings.stop, begin);
  const sampler = samplerOf(model, settings, output);

  const done = {
    reason: 'length' as FinishReason,
    text: '',
    tokens: 0,
    stop: undefined as string | undefined,
  };
  const times = { prefill: 0, decode: 0 };
  try {
    const started = performance.now();
    const prefilled = await decoder.prefill(kept, signal);
    times.prefill = performance.now() - started;
    const { reused } = prefilled;
    yield {
      type: 'prompt',
      tokens: kept.length,
      reused,
      dropped: whole.length - kept.length,
      prefillMs: times.prefill,
    };

    for (let { logits } = prefilled; ;) {
      const id = sampler(logits);
      done.tokens++;
      if (endIds.includes(id)) {
        done.reason = 'end';
        break;
      }
      const { text, stop } = output.push(tokenizer.tokenBytes(id));
      done.text += text;
      if (text !== '') yield { type: 'text', text };
      if (stop !== undefined) {
        done.reason = 'stop';
        done.stop = stop;
        break;
      }
      if (done.tokens === settings.maxTokens || decoder.room === 0) break;
      const stepped = performance.now();
      logits = await decoder.append([id], signal);
      times.decode += performance.now() - stepped;
    }
  } catch (error) {
    if (!(error instanceof ClozeError && error.code === 'cancelled')) throw error;
    done.reason = 'cancelled';
  }
  const text = output.end();
  done.text += text;
  if (text !== '') yield { type: 'text', text };
  const msPerToken = done.tokens > 1 ? times.decode / (done.tokens - 1) : undefined;
  yield { type: 'done', ...done, msPerToken, tokensPerSecond: msPerToken && 1000 / msPerToken };
}

/** Chooses the next token after those in the decoder's cache. */
function samplerOf(
  { decoder, tokenizer, endIds }: TextModel,
  settings: GenerationSettings,
  output: TextOutput,
): (logits: Float32Array) => number {
  const random = new Random(settings.seed, 'generation');
  const suppressed = suppressedIds(decoder.config.vocab, tokenizer, endIds);
  return (logits) => {
    const { begin } = output;
    const allowed = begin.length > 0 ? TokenIndex.of(tokenizer).compatibleWith(begin) : undefined;
    return sampleToken(logits, settings, { context: decoder.tokens, suppressed, allowed }, random);
  };
}

function promptTokens(tokenizer: Tokenizer, prompt: string | ArrayLike<number>): number[] {
  const tokens = Array.from(typeof prompt === 'string' ? tokenizer.encode(prompt) : prompt);
  if (tokens.length > 0) return tokens;
  const endOfText = tokenizer.specialTokens.get(SPECIAL.endOfText);
  if (endOfText !== undefined) return [endOfText];
  throw new ClozeError('usage', 'the prompt is empty, and the tokenizer has no token to begin a text with', {
    hint: 'give at least one character',
  });
}

/** Tokens of a prompt that are kept: what leaves room for `maxTokens`, and at least half of the context. */
export function promptRoom(capacity: number, maxTokens: number): number {
  return Math.max(Math.ceil(capacity / 2), capacity - maxTokens);
}

/** Ids that are never text: special tokens other than the end, and rows of the model beyond the tokenizer. */
function suppressedIds(vocab: number, tokenizer: Tokenizer, endIds: readonly number[]): number[] {
  const special = [...tokenizer.specialTokens.values()].filter((id) => !endIds.includes(id));
  const beyond = Array.from(
    { length: Math.max(0, vocab - tokenizer.vocabSize) },
    (_, i) => tokenizer.vocabSize + i,
  );
  return [...special, ...beyond];
}
