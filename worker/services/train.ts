/** Training runs: data, tokenizer, model and device put together, and trained. */
import { resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { ClozeError } from '../base/errors.ts';
import { fimOptions } from '../data/fim.ts';
import { closeTokens, type CorpusTokens, keepTokens } from '../data/kept-tokens.ts';
import type { GptConfig } from '../models/config.ts';
import type { PrepareProgress, ResumeRequest, TrainRequest } from '../protocol/train.ts';
import type { Device } from '../runtime/device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { RunControl } from '../training/control.ts';
import type { RunEvent, RunEventOf } from '../training/events.ts';
import type { RunLock } from '../training/lock.ts';
import { availableMemory, memoryProblem, requireMemory } from '../training/memory.ts';
import { RunFolder, type RunRecord } from '../training/record.ts';
import { trainRun } from '../training/run.ts';
import { resolveSettings, type TrainingSettings } from '../training/settings.ts';
import { Trainer } from '../training/trainer.ts';
import { corpusOf } from './run-corpus.ts';
import { type DeviceHooks, onDevice } from './run-device.ts';
import { inRunFolder } from './run-folder.ts';
import { makeSampler } from './samples.ts';
import { NO_SETTINGS } from './settings.ts';
import { absolutePath, collectData, dataRecord, encodeData, textsOf } from './training-data.ts';
import { requirePositions, resolveModel, startingWeights, withVocabulary } from './training-model.ts';
import {
  keepTokenizer,
  makeTokenizer,
  parseTokenizer,
  tokenizerFiles,
  tokenizerHash,
} from './training-tokenizer.ts';

export interface TrainHooks extends DeviceHooks {
  /** Pauses, stops, saves and cancels the run. */
  readonly control?: RunControl | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/**
 * Starts a run in a new folder and trains it to its end. Throws `usage`, `config`, `data`, `tokenizer`, `model`,
 * `memory`, `provider`, `disk`, `locked`, `diverged`, `cancelled`.
 */
export async function startTraining(
  request: TrainRequest,
  hooks: TrainHooks = {},
): Promise<RunEventOf<'done'>> {
  const { model: modelSettings, training } = request.settings ?? NO_SETTINGS;
  const model = resolveModel(request.model, modelSettings);
  const settings = resolveSettings(training, model.config.context);
  requirePositions(model.config, settings);
  const choice = parseTokenizer(request.tokenizer, model);
  const provider = parseProvider(request.provider ?? 'auto');
  const folder = new RunFolder(resolve(request.out));
  return inRunFolder(folder.path, (lock) => {
    folder.requireFree();
    return onDevice(provider, request, hooks, async (device) => {
      const paths = request.data.map(absolutePath);
      const options = { ...settings, ...hooks, signal: hooks.control?.signal };
      const collection = await collectData(paths, options);
      const tokenizer = await makeTokenizer(choice, textsOf(collection, settings), model, options);
      const config = withVocabulary(model, tokenizer.vocabSize);
      if (device.onHost) requireMemory(config, settings, availableMemory());
      const hash = tokenizerHash(tokenizer);
      const corpus = await encodeData(collection, tokenizer, hash, options);
      return withTrainer({ device, config, settings, tokenizer, corpus }, hooks, async (trainer) => {
        await keepTokenizer(folder.tokenizerPath, tokenizer, choice);
        keepTokens(folder.tokensPath, corpus);
        const record = await folder.writeRecord({
          cloze: manifest.version,
          createdAt: new Date().toISOString(),
          objective: 'clm',
          provider: device.provider,
          threads: device.settings.threads,
          model: { ...model, config },
          tokenizer: { from: request.tokenizer ?? model.from, vocabSize: tokenizer.vocabSize, hash },
          data: dataRecord(paths, corpus),
          training: settings,
        });
        return train({ folder, lock, record, trainer, tokenizer }, hooks);
      });
    });
  });
}

/**
 * Goes on with a run from its last checkpoint, with the tokens that it keeps. Throws `usage` if the folder holds no run,
 * `tokenizer` (and `data`, where it keeps no tokens) if it is not what the run began with, and what
 * {@link startTraining} throws.
 */
export async function resumeTraining(
  request: ResumeRequest,
  hooks: TrainHooks = {},
): Promise<RunEventOf<'done'>> {
  const folder = new RunFolder(resolve(request.run));
  const record = await folder.readRecord();
  const provider = parseProvider(request.provider ?? record.provider);
  return inRunFolder(folder.path, (lock) =>
    onDevice(provider, record, hooks, async (device) => {
      const settings = record.training;
      const tokenizer = await loadTokenizer(folder.tokenizerPath);
      const hash = tokenizerHash(tokenizer);
      if (hash !== record.tokenizer.hash) {
        throw new ClozeError(
          'tokenizer',
          `${folder.tokenizerPath} is not the tokenizer that the run began with`,
          {
            hint: 'put the run folder back as it was, or start a new run',
          },
        );
      }
      // its settings are fixed, and it has fitted before: short memory is worth knowing, and no reason to refuse
      const problem = device.onHost && memoryProblem(record.model.config, settings, availableMemory());
      if (problem) hooks.onNote?.(problem);
      const options = { ...settings, ...hooks, signal: hooks.control?.signal };
      const corpus = await corpusOf(folder, record, tokenizer, options);
      const { config } = record.model;
      return withTrainer({ device, config, settings, tokenizer, corpus }, hooks, (trainer) =>
        train({ folder, lock, record, trainer, tokenizer }, hooks),
      );
    }),
  );
}

interface TrainerParts {
  readonly device: Device;
  readonly config: GptConfig;
  readonly settings: TrainingSettings;
  readonly tokenizer: Tokenizer;
  readonly corpus: CorpusTokens;
}

/** Makes a trainer for the time of `body`, and closes the corpus after it. */
async function withTrainer<T>(
  { tokenizer, corpus, ...inputs }: TrainerParts,
  { control }: TrainHooks,
  body: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const { fimRate, fimSpmRate } = inputs.settings;
  const { train, validation } = corpus;
  try {
    const fim = fimRate > 0 ? fimOptions(tokenizer, fimRate, fimSpmRate) : undefined;
    const trainer = await Trainer.create({ ...inputs, train, validation, fim, signal: control?.signal });
    try {
      return await body(trainer);
    } finally {
      trainer.state.dispose();
    }
  } finally {
    closeTokens(corpus);
  }
}

interface PreparedRun {
  readonly folder: RunFolder;
  readonly lock: RunLock;
  readonly record: RunRecord;
  readonly trainer: Trainer;
  readonly tokenizer: Tokenizer;
}

function train(
  { record, trainer, ...run }: PreparedRun,
  { control = new RunControl(), onEvent }: TrainHooks,
): Promise<RunEventOf<'done'>> {
  return trainRun({
    ...run,
    trainer,
    specialIds: record.model.specialIds,
    tokenizerFiles: tokenizerFiles(run.folder.tokenizerPath),
    initialWeights: () => startingWeights(record.model, record.training.seed),
    sample: makeSampler(trainer, run.tokenizer),
    control,
    onEvent,
  });
}
