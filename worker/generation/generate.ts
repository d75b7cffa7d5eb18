/** Text from a model, token by token. */
import type * as z from 'zod';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import { checked } from '../base/checked.ts';
import { Random } from '../base/random.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Decoder } from './decoder.ts';
import { documentStart, lastIds, textIds } from './document.ts';
import { draft } from './draft.ts';
import type { FinishReason, GenerationEvent } from './events.ts';
import { sampleToken } from './sampling.ts';
import { GenerationSchema, type GenerationSettings } from './settings.ts';
import { TextOutput } from './text-output.ts';
import { TokenIndex } from './token-index.ts';

/** A model that reads and writes text. */
export interface TextModel {
  readonly decoder: Decoder;
  readonly tokenizer: Tokenizer;
  /** Tokens that end a text. */
  readonly endIds: readonly number[];
}

export type GenerationOptions = z.input<typeof GenerationSchema> & {
  /** Fired: the generation ends within one token, with what there is. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that the text must begin with and that are not reported: the end of a prompt that was cut within a token. */
  readonly begin?: Uint8Array | undefined;
};

const inUse = new WeakSet<Decoder>();

/**
 * Continues a prompt: a 'prompt' event, 'text' events, and one 'done' event. The event loop gets a turn between two
 * tokens. A text begins with the token that the tokenizer puts before texts. A prompt that leaves too little room in
 * the context loses tokens on its left, but not that one, and keeps half of the context; generation ends with 'length'
 * where the context is full. An empty prompt becomes the token after which documents begin. Throws `usage` for a decoder
 * that another generation is using, or for nothing to start from, and for options out of range.
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
  const kept = lastIds(whole, promptRoom(decoder.capacity, settings.maxTokens), tokenizer);
  const output = new TextOutput(settings.stop, begin);
  const choose = chooser(model, settings, output);

  const done = {
    reason: 'length' as FinishReason,
    text: '',
    tokens: 0,
    stop: undefined as string | undefined,
  };
  const count = { runs: 0, ms: 0 };
  try {
    const started = performance.now();
    const { logits, reused } = await decoder.prefill(kept, signal);
    const prefillMs = performance.now() - started;
    yield { type: 'prompt', tokens: kept.length, reused, dropped: whole.length - kept.length, prefillMs };

    for await (const id of chosenTokens(decoder, choose, logits, count, signal)) {
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
      if (done.tokens === settings.maxTokens) break;
    }
  } catch (error) {
    if (!(error instanceof ClozeError && error.code === 'cancelled')) throw error;
    done.reason = 'cancelled';
  }
  const text = output.end();
  done.text += text;
  if (text !== '') yield { type: 'text', text };
  const msPerToken = done.tokens > 1 ? count.ms / (done.tokens - 1) : undefined;
  yield {
    type: 'done',
    ...done,
    runs: count.runs,
    msPerToken,
    tokensPerSecond: msPerToken && 1000 / msPerToken,
  };
}

/** The token to follow `context`, given its logits. */
type Choose = (logits: Float32Array, context: readonly number[]) => number;

/**
 * One token after another, until the context is full. Where the text repeats itself, the next tokens are guessed and
 * checked in one run: each is chosen from its own logits as ever, and what differs from the guess is forgotten. So the
 * guesses change the time and nothing else. Counts runs and their ms.
 */
async function* chosenTokens(
  decoder: Decoder,
  choose: Choose,
  first: Float32Array,
  count: { runs: number; ms: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<number, void, void> {
  let id = choose(first, decoder.tokens);
  yield id;
  while (decoder.room > 0) {
    const started = performance.now();
    const before = decoder.tokens.length;
    const guess = draft([...decoder.tokens, id], decoder.scorable - 1);
    const rows = await decoder.score([id, ...guess], signal);
    count.runs++;
    count.ms += performance.now() - started;
    for (const [i, logits] of rows.entries()) {
      throwIfCancelled(signal);
      const known = before + i + 1;
      id = choose(logits, decoder.tokens.slice(0, known));
      if (id !== guess[i]) decoder.crop(known);
      yield id;
      if (id !== guess[i]) break;
    }
  }
}

/** Chooses by the settings, and so that the text begins as it must. */
function chooser(
  { decoder, tokenizer, endIds }: TextModel,
  settings: GenerationSettings,
  output: TextOutput,
): Choose {
  const random = new Random(settings.seed, 'generation');
  const suppressed = suppressedIds(decoder.config.vocab, tokenizer, endIds);
  return (logits, context) => {
    const { begin } = output;
    const allowed = begin.length > 0 ? TokenIndex.of(tokenizer).compatibleWith(begin) : undefined;
    return sampleToken(logits, settings, { context, suppressed, allowed }, random);
  };
}

function promptTokens(tokenizer: Tokenizer, prompt: string | ArrayLike<number>): number[] {
  const tokens = typeof prompt === 'string' ? textIds(tokenizer, prompt) : Array.from(prompt);
  if (tokens.length > 0) return tokens;
  const start = documentStart(tokenizer);
  if (start !== undefined) return [start];
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
