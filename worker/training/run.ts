/** A run from its folder's point of view: the loop with metrics and checkpoints on disk. */
import { ClozeError } from '../base/errors.ts';
import { countParameters } from '../models/layout.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type CheckpointContent, Checkpoints, hasCheckpoint, loadCheckpoint } from './checkpoint.ts';
import type { RunControl } from './control.ts';
import type { RunEvent, RunEventOf } from './events.ts';
import type { RunLock } from './lock.ts';
import { type LoopParts, trainingLoop } from './loop.ts';
import { trainingMemory } from './memory.ts';
import { Metrics } from './metrics.ts';
import { freshProgress, type Progress } from './progress.ts';
import type { RunFolder } from './record.ts';
import { Trainer, type TrainerInputs } from './trainer.ts';

export interface RunInputs extends TrainerInputs, CheckpointContent {
  readonly folder: RunFolder;
  /** The caller's claim to the folder. */
  readonly lock: RunLock;
  /** Values of every parameter at the start; asked for only where there is no checkpoint. */
  readonly initialWeights: () => Iterable<{ name: string; data: Float32Array }>;
  /** Makes what generates the samples, from the state that is being trained. */
  readonly sampler?: ((state: DeviceState) => LoopParts['sample']) | undefined;
  readonly control: RunControl;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/**
 * Trains from the run's last checkpoint, or from the start if it has none, to its end. Every event is a line of
 * metrics.jsonl before `onEvent` gets it. Throws `cancelled`, `diverged`, `disk`, `locked`; the last checkpoint
 * stays as it is.
 */
export async function trainRun(inputs: RunInputs): Promise<RunEventOf<'done'>> {
  const { folder, control, onEvent, settings } = inputs;
  const start = performance.now();
  const trainer = await Trainer.create(inputs);
  const checkpoints = new Checkpoints(folder.checkpointsPath, inputs, settings.keep);
  const resumed = hasCheckpoint(checkpoints.lastPath);
  let progress: Progress;
  if (resumed) {
    progress = await loadCheckpoint(checkpoints.lastPath, inputs.config, trainer.state, inputs.device);
  } else {
    progress = freshProgress();
    await trainer.setWeights(inputs.initialWeights());
  }
  const metrics = await Metrics.open(folder.metricsPath, progress.step);
  const emit = (event: RunEvent): void => {
    metrics.append(event);
    onEvent?.(event);
  };
  try {
    emit(startEvent(inputs, progress, resumed));
    const parts = loopParts(inputs, trainer, checkpoints, metrics);
    const loop = trainingLoop(parts, progress, control);
    for (;;) {
      const next = await loop.next();
      if (next.done === true) {
        const end = endEvent(progress, next.value, checkpoints.lastPath, performance.now() - start);
        emit(end);
        return end;
      }
      emit(next.value);
    }
  } catch (error) {
    throw withCheckpoint(error, checkpoints.lastPath);
  } finally {
    metrics.close();
    trainer.state.dispose();
  }
}

function loopParts(
  { settings, lock, sampler }: RunInputs,
  trainer: Trainer,
  checkpoints: Checkpoints,
  metrics: Metrics,
): LoopParts {
  return {
    settings,
    step: (step, rate) => trainer.step(step, rate),
    evaluate: (interrupted) => trainer.evaluate(interrupted),
    sample: sampler?.(trainer.state),
    async save(progress, names) {
      lock.requireHeld();
      metrics.sync();
      return { path: checkpoints.lastPath, names: await checkpoints.save(trainer.state, progress, names) };
    },
  };
}

function startEvent(inputs: RunInputs, progress: Progress, resumed: boolean): RunEventOf<'start'> {
  const { settings, config, device, train, validation } = inputs;
  return {
    event: 'start',
    step: progress.step,
    steps: settings.steps,
    resumed,
    provider: device.provider,
    threads: device.settings.threads,
    parameters: countParameters(config),
    tokensPerStep: settings.accumulate * settings.batch * settings.context,
    trainTokens: train.length,
    validationTokens: validation.length,
    memoryBytes: trainingMemory(config, settings),
  };
}

function endEvent(
  { step, loss, lastEvaluation, best }: Progress,
  reason: RunEventOf<'done'>['reason'],
  path: string,
  milliseconds: number,
): RunEventOf<'done'> {
  const seconds = milliseconds / 1000;
  return { event: 'done', step, reason, loss, valLoss: lastEvaluation?.valLoss, best, path, seconds };
}

/** Says of a run that could not go on where it can be taken up. */
function withCheckpoint(error: unknown, path: string): unknown {
  if (!(error instanceof ClozeError) || !['diverged', 'disk', 'provider', 'cancelled'].includes(error.code)) {
    return error;
  }
  const kept = hasCheckpoint(path) ? `the last checkpoint is kept: ${path}` : 'there is no checkpoint yet';
  const { code, message, hint, details, cause } = error;
  return new ClozeError(code, `${message}; ${kept}`, { hint, details: { ...details, path }, cause });
}
