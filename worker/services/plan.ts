/** What a training run would take, found out before it starts: data, memory, and the time of a step. */
import { countParameters } from '../models/layout.ts';
import type { PlanProgress, PlanRequest, TrainingPlan } from '../protocol/plan.ts';
import type { Device } from '../runtime/device.ts';
import { parseProvider } from '../runtime/provider.ts';
import { availableMemory, requireMemory, trainingMemory } from '../training/memory.ts';
import type { Objective } from '../training/objective.ts';
import type { TrainingSettings } from '../training/settings.ts';
import { corpusObjective } from './corpus-objective.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { prepareLabelled } from './labelled-run.ts';
import { measureStep, type StepTimes } from './measure-step.ts';
import { configFor, isLabelled, type LabelledObjective } from './objectives.ts';
import { type RunRequest, runRequest } from './prepare-run.ts';
import { randomTokens } from './random-tokens.ts';
import { onDevice } from './run-device.ts';
import { adapterFor } from './training-adapter.ts';
import { absolutePath, collectData } from './training-data.ts';
import { withVocabulary } from './training-model.ts';

export interface PlanHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
}

/**
 * Looks at the data, and measures some steps on the device that the run would have; of text the tokens are estimated, and
 * the steps take random ones. Writes nothing. Throws what a start would throw (`usage`, `config`, `data`, `tokenizer`,
 * `model`, `memory`, `provider`), and `cancelled`.
 */
export async function planTraining(request: PlanRequest, hooks: PlanHooks = {}): Promise<TrainingPlan> {
  const run = runRequest(request);
  const { objective, settings } = run;
  const provider = parseProvider(request.provider ?? 'auto');
  const data = await (isLabelled(objective)
    ? lookAtExamples({ ...run, objective }, hooks)
    : lookAtText(run, hooks));
  const { config } = data.objective;
  const notes: string[] = [];
  const onNote = (note: string): unknown => notes.push(note);
  return onDevice(provider, request, { onNote }, async (device: Device) => {
    const availableBytes = availableMemory();
    if (device.onHost) requireMemory(data.objective, settings, availableBytes);
    const times = await measureStep({ device, objective: data.objective, settings, ...hooks });
    const { files, bytes, leftOut, tokensEstimated } = data;
    return {
      parameters: countParameters(config),
      files,
      bytes,
      leftOut,
      tokens: data.objective.tokens.train,
      tokensEstimated,
      memoryBytes: trainingMemory(data.objective, settings),
      availableBytes,
      stepMs: times.stepMs,
      minutes: minutesOf(settings, data.batchesToEvaluate, times),
      provider: device.provider,
      threads: device.settings.threads,
      precision: times.precision,
      notes,
    };
  });
}

/** What a plan knows of the data. */
interface PlannedData extends Pick<TrainingPlan, 'files' | 'bytes' | 'leftOut' | 'tokensEstimated'> {
  /** To measure with. */
  readonly objective: Objective;
  /** Of all the validation data. */
  readonly batchesToEvaluate: number;
}

async function lookAtText(run: RunRequest, hooks: PlanHooks): Promise<PlannedData> {
  const { paths, model, settings, lora, choice } = run;
  const { batch, context } = settings;
  const { documents, leftOut } = await collectData(paths.map(absolutePath), hooks);
  const estimate = await estimateTokens(choice, documents, model, { ...settings, ...hooks });
  const { tokenizer, vocabSize } = estimate;
  const config = configFor(withVocabulary(model, vocabSize, tokenizer), run.objective);
  const adapter = adapterFor(model, lora, config);
  const train = randomTokens(estimate.train, config.vocab);
  const validation = randomTokens(Math.max(2, estimate.validation), config.vocab);
  return {
    objective: corpusObjective({ config, adapter, tokenizer, train, validation }, settings),
    batchesToEvaluate: Math.ceil((validation.length - 1) / (batch * context)),
    files: documents.length,
    bytes: documents.reduce((sum, document) => sum + document.bytes, 0),
    leftOut,
    tokensEstimated: !estimate.exact,
  };
}

/** Labelled data is small enough to be encoded as a whole. */
async function lookAtExamples(
  run: RunRequest & { readonly objective: LabelledObjective },
  hooks: PlanHooks,
): Promise<PlannedData> {
  const { objective, data } = await prepareLabelled(run, hooks, () => undefined);
  const { files, bytes, leftOut } = data;
  const batchesToEvaluate = countOf(objective.evaluation(0));
  return { objective, batchesToEvaluate, files, bytes, leftOut, tokensEstimated: false };
}

function countOf(items: Iterable<unknown>): number {
  const iterator = items[Symbol.iterator]();
  let count = 0;
  while (iterator.next().done !== true) count++;
  return count;
}

function minutesOf(
  { steps, evalEvery, evalBatches }: TrainingSettings,
  all: number,
  { stepMs, evalBatchMs }: StepTimes,
): number {
  const batches = evalBatches === 0 ? all : Math.min(all, evalBatches);
  const evaluations = evalEvery === 0 ? 1 : Math.ceil(steps / evalEvery);
  return (steps * stepMs + evaluations * batches * evalBatchMs) / 60_000;
}
