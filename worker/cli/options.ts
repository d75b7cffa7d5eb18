import { type Command, Option } from 'commander';
import { GenerationSchema } from '../generation/settings.ts';
import { WEIGHT_PRECISIONS } from '../protocol/generation.ts';
import { PROVIDERS } from '../runtime/provider.ts';
import { collect, numberBetween, positiveInteger, seed, wholeNumber } from './arguments.ts';

/** Options that several commands have. */

/** --provider, without a default. */
export function providerOption(): Option {
  return new Option('--provider <name>', 'where to compute: `cloze device` says what there is').choices([
    'auto',
    ...PROVIDERS,
  ]);
}

/** --weights, without a default. */
export function weightsOption(): Option {
  return new Option(
    '--weights <precision>',
    'hold the weights in float32, or rounded to 8 or 4 bits: less memory, more tokens a second',
  ).choices(WEIGHT_PRECISIONS);
}

export const MODEL_OPTION = [
  '--model <folder>',
  'a model folder, or a run folder (then its best checkpoint)',
] as const;

/** How the next token is chosen, and when to end. */
export interface GenerationOptions {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  readonly seed?: number;
  readonly stop?: string[];
}

const DEFAULTS = GenerationSchema.parse({});

/** Adds the options that {@link GenerationOptions} holds. */
export function addGenerationOptions(command: Command, defaults: Partial<typeof DEFAULTS> = {}): Command {
  const { maxTokens, temperature, topK, topP, repetitionPenalty } = { ...DEFAULTS, ...defaults };
  return command
    .option('--max-tokens <n>', 'tokens to generate at most', positiveInteger, maxTokens)
    .option('--temperature <x>', '0 takes the likeliest token each time', numberBetween(0), temperature)
    .option('--top-k <n>', 'draw from the n likeliest tokens only; 0 is all', wholeNumber, topK)
    .option('--top-p <p>', 'draw from the likeliest tokens that reach p', numberBetween(0, 1), topP)
    .option('--repetition-penalty <x>', 'above 1: repeat less', numberBetween(0), repetitionPenalty)
    .option('--seed <n>', 'the same seed gives the same text (default: a new one each time)', seed)
    .option('--stop <text>', 'end before this text; repeatable', collect);
}

export function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
