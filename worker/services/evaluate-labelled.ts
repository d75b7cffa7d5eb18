/** What a fine-tuned encoder is worth on labelled examples that it did not learn from. */
import { resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { loadTextEncoder } from '../models/load.ts';
import { modelFolder } from '../models/model-folder.ts';
import { isEncoder, readModel } from '../protocol/models.ts';
import type { EvaluateRequest } from '../protocol/train.ts';
import { parseProvider } from '../runtime/provider.ts';
import { encoderSpecials } from '../tokenizers/pairs.ts';
import { Evaluation } from '../training/evaluation.ts';
import type { Scorer } from '../training/objective.ts';
import { labelledScoring } from '../training/objectives/labelled.ts';
import type { RunReport } from '../training/report.ts';
import { TrainingSettingsSchema } from '../training/settings.ts';
import type { EvaluateHooks } from './evaluate.ts';
import { withTask } from './labelled-run.ts';
import type { LabelledTask } from './labelled-task.ts';
import { isLabelled, usualFor } from './objectives.ts';
import { onDevice } from './run-device.ts';

const BATCH = 16;

/** Whether a model has a head that learns from labelled examples. Throws `usage`, `checkpoint`. */
export function learnsFromLabels(model: string): boolean {
  const { config } = readModel(model);
  return isEncoder(config) && isLabelled(usualFor(config.head));
}

/**
 * The report of a model on all examples of some files, without a baseline. Throws `usage`, `data`, `checkpoint`, `tokenizer`, `model`,
 * `provider`, `cancelled`.
 */
export async function evaluateLabelled(
  { model, data, provider, batch = BATCH, context }: EvaluateRequest,
  { signal, onNote, onProgress }: EvaluateHooks = {},
): Promise<RunReport> {
  const folder = modelFolder(model);
  return onDevice(parseProvider(provider ?? 'auto'), {}, { onNote }, async (device) => {
    const { config, state, tokenizer } = await loadTextEncoder(folder, device);
    const objective = usualFor(config.head);
    if (!isLabelled(objective)) {
      throw new ClozeError('model', `${folder} has no head that learns from examples, but: ${config.head}`);
    }
    return withTask(objective, async <E, S extends Scorer>(task: LabelledTask<E, S>) => {
      const examples = data.flatMap((path) => task.read(resolve(path)));
      const { seed, lengths, stride } = TrainingSettingsSchema.parse({});
      const maxLength = context ?? config.context;
      const total = examples.length;
      const rows = await task.rows(examples, config.labels, {
        ...{ tokenizer, special: encoderSpecials(tokenizer), maxLength, stride, signal },
        onEncoded: (done) => onProgress?.({ phase: 'encoding', done, total }),
      });
      const source = labelledScoring(config, rows, { batch, context: maxLength, seed, lengths });
      const evaluation = await Evaluation.compile(device, state, source);
      const scorer = rows.scorer();
      await evaluation.run(source.batches, scorer, {
        signal,
        onProgress: (done) =>
          onProgress?.({ phase: 'evaluating', done: Math.min(total, done * batch), total }),
      });
      return task.report(scorer, { train: [], validation: [], test: examples }, config.labels);
    });
  });
}
