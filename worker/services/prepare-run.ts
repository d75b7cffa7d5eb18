/** The data of a run, by its objective. */
import type { LoraSettings, TrainedModel } from '../models/lora.ts';
import type { TrainRequest } from '../protocol/train.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';
import type { RunFolder, RunRecord } from '../training/record.ts';
import { resolveSettings, type TrainingSettings } from '../training/settings.ts';
import { prepareCorpus, takeUpCorpus } from './corpus-run.ts';
import { prepareLabelled, takeUpLabelled } from './labelled-run.ts';
import { configFor, isLabelled, objectiveOf, type ObjectiveName } from './objectives.ts';
import type { PreparedRun } from './prepared-run.ts';
import { loraSettings } from './training-adapter.ts';
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
  /** Of the adapter that is trained; undefined where the model itself is. */
  readonly lora: LoraSettings | undefined;
  readonly choice: TokenizerChoice;
}

/**
 * What a request asks for, with every default filled in; nothing is read of its data. Throws `usage`, `checkpoint`,
 * `model`, `config`, `tokenizer`.
 */
export function runRequest({ model, objective, tokenizer, data, settings }: TrainingChoice): RunRequest {
  const { model: modelSettings, training, lora } = settings ?? NO_SETTINGS;
  const named = resolveModel(model, modelSettings);
  const resolved = resolveSettings(training, named.config.context);
  requirePositions(named.config, resolved);
  const learned = objectiveOf(objective, named);
  // that the model can not have the head is better known before the data is read
  if (!isLabelled(learned)) configFor(named.config, learned);
  const trained = withTrainedPositions(named, modelSettings, resolved);
  return {
    paths: data,
    objective: learned,
    model: trained,
    settings: resolved,
    lora: loraSettings(trained, lora),
    choice: parseTokenizer(tokenizer, trained),
  };
}

/**
 * Reads, splits and encodes what a new run is to learn from. `check` sees what is trained once that is known,
 * before the longest work. The result is the caller's to close. Throws `data`, `tokenizer`, `model`, `disk`, `cancelled`,
 * and what `check` throws.
 */
export function prepareRun(
  request: RunRequest,
  options: TokenizerOptions,
  check: (model: TrainedModel) => void,
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
