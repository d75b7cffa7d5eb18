/** Training runs: data, tokenizer, model and device put together, and trained. */
import { resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { ClozeError } from '../base/errors.ts';
import { hasReplaceable } from '../checkpoints/replace.ts';
import type { PrepareProgress, ResumeRequest, TrainRequest } from '../protocol/train.ts';
import type { Device } from '../runtime/device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { loadTokenizer } from '../tokenizers/tokenizer-files.ts';
import { RunControl } from '../training/control.ts';
import type { RunEvent, RunEventOf } from '../training/events.ts';
import type { RunLock } from '../training/lock.ts';
import { availableMemory, memoryProblem, requireMemory } from '../training/memory.ts';
import { precisionOn } from '../training/precision.ts';
import { RunFolder, type RunRecord } from '../training/record.ts';
import { trainRun } from '../training/run.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { Trainer } from '../training/trainer.ts';
import { weightsFolder } from './cache.ts';
import { prepareRun, runRequest, takeUpRun } from './prepare-run.ts';
import type { PreparedRun } from './prepared-run.ts';
import { type DeviceHooks, onDevice } from './run-device.ts';
import { inRunFolder } from './run-folder.ts';
import { adapterRecord, hashOf, originOf } from './training-adapter.ts';
import { startingWeights } from './starting-weights.ts';
import { keepTokenizer, tokenizerFiles, tokenizerHash } from './training-tokenizer.ts';

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
  const asked = runRequest(request);
  const { objective, model, settings, lora, choice } = asked;
  const provider = parseProvider(request.provider ?? 'auto');
  const folder = new RunFolder(resolve(request.out));
  return inRunFolder(folder.path, (lock) => {
    folder.requireFree();
    return onDevice(provider, request, hooks, async (device) => {
      await precisionOn(device, settings.precision); // better refused before the data is read
      const options = { ...hooks, signal: hooks.control?.signal };
      const run = await prepareRun(asked, options, (trained) => {
        if (device.onHost) requireMemory(trained, settings, availableMemory());
      });
      const trained = {
        ...model,
        config: run.config,
        lora: await adapterRecord(model, lora, run.objective.adapter, options.signal),
      };
      return withTrainer({ device, run, settings, model: trained }, hooks, async (trainer) => {
        await keepTokenizer(folder.tokenizerPath, run.tokenizer, choice);
        await run.keep(folder);
        const record = await folder.writeRecord({
          cloze: manifest.version,
          createdAt: new Date().toISOString(),
          objective,
          provider: device.provider,
          threads: device.settings.threads,
          precision: trainer.precision,
          model: trained,
          tokenizer: {
            from: request.tokenizer ?? model.from,
            vocabSize: run.tokenizer.vocabSize,
            hash: tokenizerHash(run.tokenizer),
          },
          data: run.data,
          training: settings,
        });
        return train({ folder, lock, record, trainer, run }, hooks);
      });
    });
  });
}

/**
 * Goes on with a run from its last checkpoint, with the data that it keeps. Throws `usage` if the folder holds no run,
 * `tokenizer` (and `data`, where it keeps none) if it is not what the run began with, and what {@link startTraining}
 * throws.
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
      if (tokenizerHash(tokenizer) !== record.tokenizer.hash) {
        throw new ClozeError(
          'tokenizer',
          `${folder.tokenizerPath} is not the tokenizer that the run began with`,
          {
            hint: 'put the run folder back as it was, or start a new run',
          },
        );
      }
      const run = await takeUpRun(folder, record, tokenizer, { ...hooks, signal: hooks.control?.signal });
      // its settings are fixed, and it has fitted before: short memory is worth knowing, and no reason to refuse
      const problem = device.onHost && memoryProblem(run.objective, settings, availableMemory());
      if (problem) hooks.onNote?.(problem);
      const { lora, from } = record.model;
      if (lora !== undefined && hasReplaceable(from)) await hashOf(from, hooks.control?.signal);
      return withTrainer({ device, run, settings, model: record.model }, hooks, (trainer) =>
        train({ folder, lock, record, trainer, run }, hooks),
      );
    }),
  );
}

interface TrainerParts {
  readonly device: Device;
  readonly run: PreparedRun;
  readonly settings: TrainingSettings;
  readonly model: RunRecord['model'];
}

/** Makes a trainer for the time of `body`, and closes the run's data after it. */
async function withTrainer<T>(
  { device, run, settings, model }: TrainerParts,
  { control }: TrainHooks,
  body: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  try {
    const { objective } = run;
    const base = { weights: () => startingWeights(model, settings.seed), folder: weightsFolder() };
    const trainer = await Trainer.create({ device, objective, settings, base, signal: control?.signal });
    try {
      return await body(trainer);
    } finally {
      trainer.dispose();
    }
  } finally {
    run.close();
  }
}

interface RunParts {
  readonly folder: RunFolder;
  readonly lock: RunLock;
  readonly record: RunRecord;
  readonly trainer: Trainer;
  readonly run: PreparedRun;
}

function train(
  { folder, lock, record, trainer, run }: RunParts,
  { control = new RunControl(), onEvent }: TrainHooks,
): Promise<RunEventOf<'done'>> {
  return trainRun({
    folder,
    lock,
    trainer,
    tokenizer: run.tokenizer,
    specialIds: record.model.specialIds,
    origin: originOf(record.model),
    tokenizerFiles: tokenizerFiles(folder.tokenizerPath),
    initialWeights: () => startingWeights(record.model, record.training.seed),
    sample: run.sampler(trainer),
    report: run.report,
    control,
    onEvent,
  });
}
