/** Samples while a model trains: what it makes of a few prompts. */
import { Decoder } from '../generation/decoder.ts';
import { generate } from '../generation/generate.ts';
import type { TokenSequence } from '../data/tokenFile.ts';
import type { GptConfig } from '../models/config.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { SPECIAL, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { LoopParts } from '../training/loop.ts';
import type { TrainingSettings } from '../training/settings.ts';

/** Tokens of the validation data that are the prompt where none is given. */
const PROMPT_TOKENS = 16;
const SAMPLING = { temperature: 0.8, topK: 40 };

export interface SampleOptions {
  readonly device: Device;
  readonly config: GptConfig;
  readonly tokenizer: Tokenizer;
  readonly settings: TrainingSettings;
  readonly validation: TokenSequence;
  readonly signal?: AbortSignal | undefined;
}

/** What generates the samples of a run from the state that is being trained, with the weights as they are by then. */
export function makeSampler(state: DeviceState, options: SampleOptions): NonNullable<LoopParts['sample']> {
  const { device, config, tokenizer, settings, signal } = options;
  const end = tokenizer.specialTokens.get(SPECIAL.endOfText);
  const endIds = end === undefined ? [] : [end];
  return async function* (interrupted) {
    const decoder = await Decoder.create(device, config, state, { frozen: false });
    try {
      for (const prompt of settings.samplePrompts ?? [validationPrompt(options)]) {
        if (interrupted()) return;
        const { seed, sampleTokens: maxTokens } = settings;
        const events = generate({ decoder, tokenizer, endIds }, prompt, {
          ...SAMPLING,
          maxTokens,
          seed,
          signal,
        });
        for await (const event of events) if (event.type === 'done') yield { prompt, text: event.text };
      }
    } finally {
      await decoder.dispose();
    }
  };
}

function validationPrompt({ validation, tokenizer }: SampleOptions): string {
  const ids = new Int32Array(Math.min(PROMPT_TOKENS, validation.length));
  validation.read(0, ids.length, ids);
  return tokenizer.decode(ids);
}
