/** What a training run would take, found out before it starts: data, memory, and the time of a step. */
import { countParameters } from '../models/layout.ts';
import type { PlanProgress, PlanRequest, TrainingPlan } from '../protocol/plan.ts';
import { parseProvider } from '../runtime/provider.ts';
import { availableMemory, requireMemory, trainingMemory } from '../training/memory.ts';
import { resolveSettings, type TrainingSettings } from '../training/settings.ts';
import { measureStep, type StepTimes } from './measure-step.ts';
import { estimateTokens, type TokenEstimate } from './estimate-tokens.ts';
import { onDevice } from './run-device.ts';
import { NO_SETTINGS } from './settings.ts';
import { absolutePath, collectData } from './training-data.ts';
import { requirePositions, resolveModel, withVocabulary } from './training-model.ts';
import { parseTokenizer } from './training-tokenizer.ts';

export interface PlanHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
}

/**
 * Looks at the data, estimates its tokens, and measures some steps with random tokens on the device that the run would
 * have. Writes nothing. Throws what a start would throw (`usage`, `config`, `data`, `tokenizer`, `model`, `memory`,
 * `provider`), and `cancelled`.
 */
export async function planTraining(request: PlanRequest, hooks: PlanHooks = {}): Promise<TrainingPlan> {
  const { model: modelSettings, training } = request.settings ?? NO_SETTINGS;
  const model = resolveModel(request.model, modelSettings);
  const settings = resolveSettings(training, model.config.context);
  requirePositions(model.config, settings);
  const choice = parseTokenizer(request.tokenizer, model);
  const provider = parseProvider(request.provider ?? 'auto');
  const { documents, leftOut } = await collectData(request.data.map(absolutePath), hooks);
  const estimate = await estimateTokens(choice, documents, model, { ...settings, ...hooks });
  const config = withVocabulary(model, estimate.vocabSize);
  const notes: string[] = [];
  const onNote = (note: string): unknown => notes.push(note);
  return onDevice(provider, request, { onNote }, async (device) => {
    const availableBytes = availableMemory();
    if (device.onHost) requireMemory(config, settings, availableBytes);
    const times = await measureStep({ device, config, settings, estimate, ...hooks });
    return {
      parameters: countParameters(config),
      files: documents.length,
      bytes: documents.reduce((sum, document) => sum + document.bytes, 0),
      leftOut,
      tokens: estimate.train,
      tokensEstimated: !estimate.exact,
      memoryBytes: trainingMemory(config, settings),
      availableBytes,
      stepMs: times.stepMs,
      minutes: minutesOf(settings, estimate, times),
      provider: device.provider,
      threads: device.settings.threads,
      notes,
    };
  });
}

function minutesOf(
  { steps, evalEvery, evalBatches, batch, context }: TrainingSettings,
  { validation }: TokenEstimate,
  { stepMs, evalBatchMs }: StepTimes,
): number {
  const all = Math.ceil(Math.max(1, validation - 1) / (batch * context));
  const batches = evalBatches === 0 ? all : Math.min(all, evalBatches);
  const evaluations = evalEvery === 0 ? 1 : Math.ceil(steps / evalEvery);
  return (steps * stepMs + evaluations * batches * evalBatchMs) / 60_000;
}
