/** Samples while a model trains: what it makes of a few prompts. */
import { Decoder } from '../generation/decoder.ts';
import { generate, type GenerationOptions, type TextModel } from '../generation/generate.ts';
import type { TokenSequence } from '../data/token-file.ts';
import type { GptConfig } from '../models/config.ts';
import type { Adapter } from '../models/lora.ts';
import { documentEnd, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { LoopParts } from '../training/loop.ts';
import type { Objective } from '../training/objective.ts';
import type { TrainingSettings } from '../training/settings.ts';
import type { Trainer, TrainerInputs } from '../training/trainer.ts';

/** Tokens of the validation data that are the prompt where none is given. */
const PROMPT_TOKENS = 16;
const SAMPLING = { temperature: 0.8, topK: 40 };

/** What is asked of a trainer. */
export interface SampledTrainer extends Pick<Trainer, 'state'> {
  readonly inputs: Pick<TrainerInputs, 'device' | 'signal'> & {
    readonly objective: Pick<Objective, 'adapter'>;
    readonly settings: Pick<TrainingSettings, 'seed' | 'sampleTokens' | 'samplePrompts'>;
  };
}

export interface SamplerInputs {
  readonly config: GptConfig;
  readonly tokenizer: Tokenizer;
  /** Whose beginning is the prompt where the settings have none. */
  readonly validation: TokenSequence;
}

/**
 * What generates the samples of a run, with the weights as they are by then. Where an adapter is trained, each comes with
 * what its base makes of the same prompt.
 */
export function makeSampler(
  trainer: SampledTrainer,
  { config, tokenizer, validation }: SamplerInputs,
): NonNullable<LoopParts['sample']> {
  const { device, objective, settings, signal } = trainer.inputs;
  const { adapter } = objective;
  const end = documentEnd(tokenizer);
  const endIds = end === undefined ? [] : [end];
  const { seed, sampleTokens: maxTokens } = settings;
  const prompts = settings.samplePrompts ?? [beginning(validation, tokenizer)];
  const options = { ...SAMPLING, maxTokens, seed, signal };
  const written = async function* (
    using: Adapter | undefined,
    interrupted: () => boolean,
  ): AsyncGenerator<[prompt: string, text: string]> {
    const decoder = await Decoder.create(device, config, trainer.state, {
      frozen: false,
      adapter: using,
      quantised: adapter?.quantised,
    });
    try {
      for (const prompt of prompts) {
        if (interrupted()) return;
        yield [prompt, await textAfter(prompt, { decoder, tokenizer, endIds }, options)];
      }
    } finally {
      await decoder.dispose();
    }
  };
  /** What the base writes, which does not change. */
  const before = new Map<string, string>();
  return async function* (interrupted) {
    if (adapter !== undefined && before.size === 0) {
      for await (const [prompt, text] of written(undefined, interrupted)) before.set(prompt, text);
    }
    for await (const [prompt, text] of written(adapter, interrupted)) {
      const base = before.get(prompt);
      yield { prompt, text, ...(base === undefined ? {} : { base }) };
    }
  };
}

async function textAfter(prompt: string, model: TextModel, options: GenerationOptions): Promise<string> {
  let text = '';
  for await (const event of generate(model, prompt, options)) if (event.type === 'done') text = event.text;
  return text;
}

function beginning(tokens: TokenSequence, tokenizer: Tokenizer): string {
  const ids = new Int32Array(Math.min(PROMPT_TOKENS, tokens.length));
  tokens.read(0, ids.length, ids);
  return tokenizer.decode(ids, { skipSpecial: true });
}
