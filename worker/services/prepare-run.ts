/** The data of a run, by its objective. */
import type { ModelConfig } from '../models/config.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { prepareCorpus, takeUpCorpus } from './corpus-run.ts';
import { prepareLabelled, takeUpLabelled } from './labelled-run.ts';
import { isLabelled, type ObjectiveName } from './objectives.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { TrainingModel } from './training-model.ts';
import type { TokenizerChoice, TokenizerOptions } from './training-tokenizer.ts';

export interface RunRequest {
  readonly paths: readonly string[];
  readonly objective: ObjectiveName;
  readonly model: TrainingModel;
  readonly settings: TrainingSettings;
  readonly choice: TokenizerChoice;
}

/**
 * Reads, splits and encodes what a new run is to learn from. `check` sees the model's configuration once it is whole,
 * before the longest work. The result is the caller's to close. Throws `data`, `tokenizer`, `model`, `disk`, `cancelled`,
 * and what `check` throws.
 */
export function prepareRun(
  request: RunRequest,
  options: TokenizerOptions,
  check: (config: ModelConfig) => void,
): Promise<PreparedRun> {
  const { objective } = request;
  return isLabelled(objective)
    ? prepareLabelled({ ...request, objective }, options, check)
    : prepareCorpus(request, options, check);
}

/** The data that a run began with. The result is the caller's to close. Throws `data`, `tokenizer`, `disk`, `cancelled`. */
export function takeUpRun(
  folder: RunFolder,
  record: RunRecord,
  tokenizer: AnyTokenizer,
  options: TokenizerOptions,
): Promise<PreparedRun> {
  const { objective } = record;
  return isLabelled(objective)
    ? takeUpLabelled(folder, { ...record, objective }, tokenizer, options)
    : takeUpCorpus(folder, record, tokenizer, options);
}
