/** The training loop: steps, and between them evaluation, samples, checkpoints and what the outside asks for. */
import { learningRate } from '../optim/schedule.ts';
import type { RunControl } from './control.ts';
import { requireFinite } from './diverged.ts';
import type { RunEvent, RunEventOf } from './events.ts';
import { afterOverflow, afterStep } from './loss-scale.ts';
import type { EvaluationResult } from './objective.ts';
import { type Progress, recordEvaluation } from './progress.ts';
import type { TrainingSettings } from './settings.ts';
import type { StepResult } from './step.ts';

/** Names of a checkpoint beside 'last'. */
export interface CheckpointNames {
  readonly best: boolean;
  /** Keep it as step-N. */
  readonly numbered: boolean;
}

/** What a model makes of a prompt, and where it trains an adapter, what its base made of it. */
export type SampleText = Pick<RunEventOf<'sample'>, 'prompt' | 'text' | 'base'>;

/** What the loop drives. */
export interface LoopParts {
  readonly settings: TrainingSettings;
  /** Makes optimizer step `step`, from 1; `lossScale` where the precision asks for one. */
  step(step: number, learningRate: number, lossScale?: number): Promise<StepResult>;
  /** Undefined if `interrupted` said so meanwhile. */
  evaluate(interrupted: () => boolean): Promise<EvaluationResult | undefined>;
  /** Texts that the model generates; undefined if there are to be none. */
  readonly sample: ((interrupted: () => boolean) => AsyncIterable<SampleText>) | undefined;
  save(progress: Progress, names: CheckpointNames): Promise<{ path: string; names: string[] }>;
}

export type EndReason = RunEventOf<'done'>['reason'];

/**
 * Runs from where `progress` is to the end, and keeps it up to date. All that is due at a step comes before the
 * next one, in this order: evaluation, samples, checkpoint; a checkpoint is therefore always the last thing of its
 * step, and a run resumed from it goes on as if it had never ended. Throws `cancelled`, `diverged`, and what the
 * parts throw.
 */
export async function* trainingLoop(
  parts: LoopParts,
  progress: Progress,
  control: RunControl,
): AsyncGenerator<RunEvent, EndReason> {
  const { settings } = parts;
  let savedStep = progress.step;
  for (;;) {
    await control.breathe();
    const isBest = yield* settle(parts, progress, control);
    const reason = endReason(progress, settings, control);
    const numbered = isDue(progress.step, settings.checkpointEvery);
    const wanted = numbered || reason !== undefined;
    if (control.takeSave() || isBest || (wanted && savedStep !== progress.step)) {
      yield await save(parts, progress, { best: isBest, numbered });
      savedStep = progress.step;
    }
    if (reason !== undefined) return reason;
    if (control.paused) {
      yield* waitWhilePaused(parts, progress, control);
      continue;
    }
    yield* makeStep(parts, progress);
  }
}

function isDue(step: number, every: number): boolean {
  return step > 0 && every > 0 && step % every === 0;
}

function endReason(
  progress: Progress,
  { steps, patience }: TrainingSettings,
  control: RunControl,
): EndReason | undefined {
  if (progress.settledStep < progress.step) return 'stopped';
  if (progress.step >= steps) return 'completed';
  if (patience > 0 && progress.evaluationsSinceBest >= patience) return 'early';
  return control.stopping ? 'stopped' : undefined;
}

async function* makeStep(
  { settings, ...parts }: LoopParts,
  progress: Progress,
): AsyncGenerator<RunEvent, void> {
  const step = progress.step + 1;
  const rate = learningRate(step, settings);
  const start = performance.now();
  const { loss, gradientNorm, tokens } = await parts.step(step, rate, progress.lossScale?.scale);
  const stepMs = performance.now() - start;
  requireFinite(loss, 'the loss', step);
  if (progress.lossScale !== undefined) {
    const overflows = !Number.isFinite(gradientNorm);
    progress.lossScale = overflows ? afterOverflow(progress.lossScale, step) : afterStep(progress.lossScale);
    if (overflows) return; // nothing has changed: the same step is tried again, with a smaller scale
  }
  requireFinite(gradientNorm, "the gradients' norm", step);
  progress.step = step;
  progress.loss = loss;
  if (step % settings.logEvery !== 0 && step !== settings.steps) return;
  yield {
    event: 'step',
    step,
    loss,
    learningRate: rate,
    gradientNorm,
    stepMs,
    tokensPerSecond: (tokens * 1000) / stepMs,
    memoryBytes: process.memoryUsage.rss(),
    ...scaleFacts(progress),
  };
}

function scaleFacts({ lossScale }: Progress): Pick<RunEventOf<'step'>, 'lossScale' | 'skipped'> {
  return lossScale === undefined ? {} : { lossScale: lossScale.scale, skipped: lossScale.skipped };
}

/** The evaluation and samples that are due; gives way to a stop. Tells whether the evaluation is the best one. */
async function* settle(
  parts: LoopParts,
  progress: Progress,
  control: RunControl,
): AsyncGenerator<RunEvent, boolean> {
  const { steps, evalEvery, sampleEvery } = parts.settings;
  const { step } = progress;
  if (progress.settledStep === step) return false;
  const interrupted = (): boolean => control.stopping;
  let isBest = false;
  if ((isDue(step, evalEvery) || step === steps) && progress.lastEvaluation?.step !== step) {
    const start = performance.now();
    const result = interrupted() ? undefined : await parts.evaluate(interrupted);
    if (result === undefined) return false;
    requireFinite(result.loss, 'the validation loss', step);
    const { loss, score, tokens, metrics, routing } = result;
    isBest = recordEvaluation(progress, result);
    const evalMs = performance.now() - start;
    yield { event: 'eval', step, valLoss: loss, score, tokens, metrics, routing, evalMs, best: isBest };
  }
  if (parts.sample !== undefined && isDue(step, sampleEvery)) {
    for await (const sample of parts.sample(interrupted)) yield { event: 'sample', step, ...sample };
  }
  progress.settledStep = step;
  return isBest;
}

async function save(
  parts: LoopParts,
  progress: Progress,
  names: CheckpointNames,
): Promise<RunEventOf<'checkpoint'>> {
  const start = performance.now();
  const saved = await parts.save(progress, names);
  return { event: 'checkpoint', step: progress.step, ...saved, saveMs: performance.now() - start };
}

async function* waitWhilePaused(
  parts: LoopParts,
  progress: Progress,
  control: RunControl,
): AsyncGenerator<RunEvent, void> {
  const { step } = progress;
  yield { event: 'paused', step };
  while (control.paused) {
    await control.change();
    if (control.takeSave()) yield await save(parts, progress, { best: false, numbered: false });
  }
  yield { event: 'unpaused', step };
}
