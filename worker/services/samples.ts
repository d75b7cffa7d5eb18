/** Samples while a model trains: what it makes of a few prompts. */
import { Decoder } from '../generation/decoder.ts';
import { generate } from '../generation/generate.ts';
import type { TokenSequence } from '../data/token-file.ts';
import type { GptConfig } from '../models/config.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { LoopParts } from '../training/loop.ts';
import type { Trainer } from '../training/trainer.ts';

/** Tokens of the validation data that are the prompt where none is given. */
const PROMPT_TOKENS = 16;
const SAMPLING = { temperature: 0.8, topK: 40 };

export interface SamplerInputs {
  readonly config: GptConfig;
  readonly tokenizer: Tokenizer;
  /** Whose beginning is the prompt where the settings have none. */
  readonly validation: TokenSequence;
}

/** What generates the samples of a run, with the weights as they are by then. */
export function makeSampler(
  trainer: Trainer,
  { config, tokenizer, validation }: SamplerInputs,
): NonNullable<LoopParts['sample']> {
  const { device, objective, settings, signal } = trainer.inputs;
  const { adapter } = objective;
  const end = tokenizer.specialTokens.get(SPECIAL.endOfText);
  const endIds = end === undefined ? [] : [end];
  return async function* (interrupted) {
    const decoder = await Decoder.create(device, config, trainer.state, { frozen: false, adapter });
    try {
      for (const prompt of settings.samplePrompts ?? [beginning(validation, tokenizer)]) {
        if (interrupted()) return;
        const { seed, sampleTokens: maxTokens } = settings;
        const options = { ...SAMPLING, maxTokens, seed, signal };
        for await (const event of generate({ decoder, tokenizer, endIds }, prompt, options)) {
          if (event.type === 'done') yield { prompt, text: event.text };
        }
      }
    } finally {
      await decoder.dispose();
    }
  };
}

function beginning(tokens: TokenSequence, tokenizer: Tokenizer): string {
  const ids = new Int32Array(Math.min(PROMPT_TOKENS, tokens.length));
  tokens.read(0, ids.length, ids);
  return tokenizer.decode(ids);
}
