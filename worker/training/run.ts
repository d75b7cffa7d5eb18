/** A run from its folder's point of view: the loop with metrics and checkpoints on disk. */
import { ClozeError, type ErrorCode } from '../base/errors.ts';
import type { NamedWeights } from '../models/initialise.ts';
import { sizeOfAll } from '../models/layout.ts';
import { adaptedShapes, type TrainedModel } from '../models/lora.ts';
import { type CheckpointContent, Checkpoints, loadCheckpoint, loadTrained } from './checkpoint.ts';
import type { RunControl } from './control.ts';
import type { RunEvent, RunEventOf } from './events.ts';
import type { RunLock } from './lock.ts';
import { type LoopParts, trainingLoop } from './loop.ts';
import { newLossScale } from './loss-scale.ts';
import { trainingMemory } from './memory.ts';
import { Metrics } from './metrics.ts';
import { isScaled } from './precision.ts';
import { freshProgress, type Progress } from './progress.ts';
import type { RunFolder } from './record.ts';
import type { TrainingSettings } from './settings.ts';
import type { RunReport } from './report.ts';
import type { Trainer } from './trainer.ts';

export interface RunInputs extends Omit<CheckpointContent, keyof TrainedModel> {
  readonly folder: RunFolder;
  /** The caller's claim to the folder. */
  readonly lock: RunLock;
  /** Without weights yet. */
  readonly trainer: Trainer;
  /** Values of every parameter at the start; where there is a checkpoint, asked for the base of an adapter only. */
  readonly initialWeights: () => Iterable<NamedWeights>;
  readonly sample?: LoopParts['sample'];
  /** Tests the weights that are in the trainer's state. */
  readonly report?: ((trainer: Trainer) => Promise<RunReport>) | undefined;
  readonly control: RunControl;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/**
 * Trains from the run's last checkpoint, or from the start if it has none, to its end. Every event is a line of
 * metrics.jsonl before `onEvent` gets it. Throws `cancelled`, `diverged`, `disk`, `locked`, `provider`; the last
 * checkpoint stays as it is.
 */
export async function trainRun(inputs: RunInputs): Promise<RunEventOf<'done'>> {
  const { folder, trainer, control, onEvent } = inputs;
  const { objective, settings } = trainer.inputs;
  const { config, adapter } = objective;
  const checkpoints = new Checkpoints(folder.checkpointsPath, { ...inputs, config, adapter }, settings.keep);
  const start = performance.now();
  const resumed = checkpoints.hasLast;
  const progress = resumed ? await takeUp(inputs, checkpoints.lastPath) : await begin(inputs);
  const metrics = await Metrics.open(folder.metricsPath, progress.step);
  const emit = <E extends RunEvent>(event: E): E => {
    metrics.append(event);
    onEvent?.(event);
    return event;
  };
  try {
    emit(startEvent(trainer, progress, resumed));
    const loop = trainingLoop(loopParts(inputs, checkpoints, metrics), progress, control);
    for (;;) {
      const next = await loop.next();
      if (next.done !== true) {
        emit(next.value);
        continue;
      }
      // whoever stops a run may go on with it, and has no use yet for what only its end may be judged by
      const report = next.value === 'stopped' ? undefined : await testBest(inputs, checkpoints);
      if (report !== undefined) emit({ event: 'report', step: progress.step, report });
      return emit(endEvent(progress, next.value, checkpoints.lastPath, performance.now() - start));
    }
  } catch (error) {
    throw withCheckpoint(error, checkpoints, settings);
  } finally {
    metrics.close();
  }
}

/** Tests the best checkpoint, if there is something to test it with. The state has its weights afterwards. */
async function testBest(
  { trainer, report }: RunInputs,
  { bestPath, lastPath }: Checkpoints,
): Promise<RunReport | undefined> {
  if (report === undefined) return undefined;
  const { objective, device } = trainer.inputs;
  await loadTrained(bestPath ?? lastPath, objective, trainer.state, device);
  return report(trainer);
}

async function begin({ trainer, initialWeights }: RunInputs): Promise<Progress> {
  await trainer.setWeights(initialWeights());
  const { lossScale } = trainer.inputs.settings;
  return {
    ...freshProgress(),
    ...(isScaled(trainer.precision) ? { lossScale: newLossScale(lossScale) } : {}),
  };
}

async function takeUp({ trainer, initialWeights }: RunInputs, checkpoint: string): Promise<Progress> {
  const { objective, device } = trainer.inputs;
  if (objective.adapter !== undefined) await trainer.setWeights(initialWeights());
  return loadCheckpoint(checkpoint, objective, trainer.state, device);
}

function loopParts(
  { trainer, lock, sample }: RunInputs,
  checkpoints: Checkpoints,
  metrics: Metrics,
): LoopParts {
  return {
    settings: trainer.inputs.settings,
    step: (step, rate, lossScale) => trainer.step(step, rate, lossScale),
    evaluate: (interrupted) => trainer.evaluate(interrupted),
    sample,
    async save(progress, names) {
      lock.requireHeld();
      metrics.sync();
      return { path: checkpoints.lastPath, names: await checkpoints.save(trainer.state, progress, names) };
    },
  };
}

function startEvent(
  { inputs, precision }: Trainer,
  { step }: Progress,
  resumed: boolean,
): RunEventOf<'start'> {
  const { settings, objective, device } = inputs;
  const { config, adapter, tokens } = objective;
  return {
    event: 'start',
    step,
    steps: settings.steps,
    resumed,
    provider: device.provider,
    threads: device.settings.threads,
    precision,
    parameters: sizeOfAll(adaptedShapes(config, adapter)),
    ...(adapter === undefined ? {} : { trainable: sizeOfAll(objective.trained) }),
    tokensPerStep: settings.accumulate * settings.batch * settings.context,
    trainTokens: tokens.train,
    validationTokens: tokens.validation,
    memoryBytes: trainingMemory(objective, settings),
  };
}

function endEvent(
  { step, loss, lastEvaluation, best, lossScale }: Progress,
  reason: RunEventOf<'done'>['reason'],
  path: string,
  milliseconds: number,
): RunEventOf<'done'> {
  const seconds = milliseconds / 1000;
  const valLoss = lastEvaluation?.valLoss;
  const skipped = lossScale?.skipped;
  return { event: 'done', step, reason, loss, valLoss, best, skipped, path, seconds };
}

/** Ends of a run that leave it to be taken up again. */
const RESUMABLE: readonly ErrorCode[] = ['cancelled', 'diverged', 'disk', 'provider'];

/** Says of a run that could not go on what is kept of it, and how to go on from that. */
function withCheckpoint(error: unknown, checkpoints: Checkpoints, { lr }: TrainingSettings): unknown {
  const { lastPath: path, hasLast } = checkpoints;
  if (!(error instanceof ClozeError) || !RESUMABLE.includes(error.code)) return error;
  const kept = hasLast ? `the last checkpoint is kept: ${path}` : 'there is no checkpoint yet';
  const { code, message, details, cause } = error;
  const hint = code === 'diverged' ? afterDivergence(error.hint, checkpoints, lr) : error.hint;
  return new ClozeError(code, `${message}; ${kept}`, { hint, details: { ...details, path }, cause });
}

/** The way out of a run whose settings are fixed: a new one, from weights that an evaluation has found good. */
function afterDivergence(hint: string | undefined, { bestPath }: Checkpoints, lr: number): string {
  const lower = `training.lr=${Number((lr / 10).toPrecision(2))}`;
  const way =
    bestPath === undefined
      ? `begin a new run, for example with ${lower}`
      : `begin a new run from the best checkpoint (the last may be from just before it), for example with ${lower}; it is ${bestPath}`;
  return [hint, way].filter((part) => part !== undefined).join('; ');
}
