import { fimOptions } from '../data/fim.ts';
import type { TokenSequence } from '../data/token-file.ts';
import { isEncoder } from '../models/config.ts';
import type { TrainedModel } from '../models/lora.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { maskedObjective } from '../training/objectives/masked.ts';
import { nextToken } from '../training/objectives/next-token.ts';
import type { Objective } from '../training/objective.ts';
import type { TrainingSettings } from '../training/settings.ts';

export interface CorpusParts extends TrainedModel {
  readonly tokenizer: Tokenizer;
  readonly train: TokenSequence;
  readonly validation: TokenSequence;
}

/** What a model learns from text: a decoder its next tokens, an encoder what its head is for. Throws `data`, `tokenizer`. */
export function corpusObjective(
  { config, adapter, tokenizer, train, validation }: CorpusParts,
  settings: TrainingSettings,
): Objective {
  if (isEncoder(config)) return maskedObjective(config, { train, validation, tokenizer, adapter }, settings);
  const { fimRate, fimSpmRate } = settings;
  const fim = fimRate > 0 ? fimOptions(tokenizer, fimRate, fimSpmRate) : undefined;
  return nextToken(config, { train, validation, tokenizer, fim, adapter }, settings);
}
