/** What the form begins with, by objective. */
import { isLabelled, type ObjectiveName } from '../../webview/protocol/objectives.ts';
import type { TrainingForm } from '../../webview/protocol/training.ts';
import type { StoredRun } from './stored-run.ts';

/**
 * For completion within minutes on two cores, as measured with source code of about a megabyte: gpt-micro, as the
 * smallest preset that learns names and structure of a project and still answers each key in time, with a small
 * vocabulary, whose head is most of the work of a model so small. Half of the documents are rearranged for
 * fill-in-the-middle, mostly in the order in which typing keeps the cache. A small corpus is learned by heart
 * long before the last step: the run ends early then, and its best checkpoint counts.
 */
export function defaultForm(data: readonly string[]): TrainingForm {
  return {
    objective: 'clm',
    data: [...data],
    model: 'gpt-micro',
    tokenizer: 'bpe:2048',
    provider: 'auto',
    training: {
      batch: 4,
      lr: 3e-3,
      fimRate: 0.5,
      evalEvery: 200,
      evalBatches: 50,
      checkpointEvery: 200,
      sampleEvery: 200,
      sampleTokens: 48,
      patience: 5,
      keep: 0,
    },
  };
}

/**
 * For an encoder that learns from text: the smallest preset, as one that sees enough of a small corpus in minutes, with
 * sequences of a length that a paragraph has.
 */
function pretrainingForm(objective: ObjectiveName, data: readonly string[]): TrainingForm {
  return {
    objective,
    data: [...data],
    model: 'bert-tiny',
    tokenizer: 'wordpiece:4096',
    provider: 'auto',
    training: {
      batch: 16,
      context: 128,
      evalEvery: 200,
      evalBatches: 50,
      checkpointEvery: 200,
      sampleEvery: 200,
      sampleTokens: 48,
      patience: 5,
      keep: 0,
    },
  };
}

/**
 * For labelled examples: the weights of the newest run that has learned from text, or else a new model. The rate is in
 * the middle of those that the small published BERTs were fine-tuned with (Turc et al. 2019, 3e-5 to 3e-4).
 */
function fineTuningForm(objective: ObjectiveName, runs: readonly StoredRun[]): TrainingForm {
  const begun = runs.find(
    ({ record, checkpoints }) =>
      record !== undefined && checkpoints.length > 0 && isPretraining(record.objective),
  );
  return {
    objective,
    data: [],
    model: begun?.path ?? 'bert-tiny',
    tokenizer: begun === undefined ? 'wordpiece:4096' : '',
    provider: 'auto',
    training: {
      steps: 600,
      batch: 16,
      ...(begun === undefined ? { context: 128 } : {}),
      lr: 1e-4,
      warmup: 60,
      evalEvery: 50,
      evalBatches: 0,
      checkpointEvery: 100,
      patience: 5,
      keep: 0,
    },
  };
}

function isPretraining(objective: ObjectiveName): boolean {
  return objective === 'mlm' || objective === 'mlm+nsp';
}

/** The form that an objective begins with; `folders` are the workspace's, of text. */
export function formFor(
  objective: ObjectiveName,
  folders: readonly string[],
  runs: readonly StoredRun[],
): TrainingForm {
  if (isLabelled(objective)) return fineTuningForm(objective, runs);
  return objective === 'clm' ? defaultForm(folders) : pretrainingForm(objective, folders);
}
