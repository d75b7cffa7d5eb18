/** The data of a run, by its objective. */
import type { ModelConfig } from '../models/config.ts';
import type { TrainRequest } from '../protocol/train.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import { resolveSettings, type TrainingSettings } from '../training/settings.ts';
import { prepareCorpus, takeUpCorpus } from './corpus-run.ts';
import { prepareLabelled, takeUpLabelled } from './labelled-run.ts';
import { isLabelled, objectiveOf, type ObjectiveName } from './objectives.ts';
import type { PreparedRun } from './prepared-run.ts';
import { NO_SETTINGS } from './settings.ts';
import {
  requirePositions,
  resolveModel,
  type TrainingModel,
  withTrainedPositions,
} from './training-model.ts';
import { parseTokenizer, type TokenizerChoice, type TokenizerOptions } from './training-tokenizer.ts';

type TrainingChoice = Pick<TrainRequest, 'model' | 'objective' | 'tokenizer' | 'data' | 'settings'>;

export interface RunRequest {
  readonly paths: readonly string[];
  readonly objective: ObjectiveName;
  readonly model: TrainingModel;
  readonly settings: TrainingSettings;
  readonly choice: TokenizerChoice;
}

/**
 * What a request asks for, with every default filled in; nothing is read of its data. Throws `usage`, `checkpoint`,
 * `model`, `config`, `tokenizer`.
 */
export function runRequest({ model, objective, tokenizer, data, settings }: TrainingChoice): RunRequest {
  const { model: modelSettings, training } = settings ?? NO_SETTINGS;
  const named = resolveModel(model, modelSettings);
  const resolved = resolveSettings(training, named.config.context);
  requirePositions(named.config, resolved);
  const trained = withTrainedPositions(named, modelSettings, resolved);
  return {
    paths: data,
    objective: objectiveOf(objective, named),
    model: trained,
    settings: resolved,
    choice: parseTokenizer(tokenizer, trained),
  };
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
