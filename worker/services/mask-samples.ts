/** Samples while an encoder trains: what it puts in the place of masked tokens of the validation data. */
import type { MaskedFeeds } from '../data/objectives/masked-batch.ts';
import { targetRows } from '../data/objectives/masked-batch.ts';
import { mlmEvaluation } from '../data/objectives/mlm.ts';
import type { TokenSequence } from '../data/token-file.ts';
import { argMax } from '../graph/ops/index.ts';
import type { BertConfig } from '../models/bert-config.ts';
import { maskedLogits } from '../models/bert.ts';
import { encoderModel } from '../models/encoder.ts';
import type { Program } from '../runtime/program.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { LoopParts } from '../training/loop.ts';
import { maskingOptions } from '../training/objectives/masked.ts';
import type { Trainer } from '../training/trainer.ts';

export interface MaskSamplerInputs {
  readonly config: BertConfig;
  readonly tokenizer: Tokenizer;
  /** Whose texts are masked. */
  readonly validation: TokenSequence;
}

/** Texts of a sample. */
const SAMPLES = 2;

/**
 * What shows the predictions of a run, with the weights as they are by then; its prompts are masked texts, each followed by
 * the text as the model fills it in.
 */
export function maskSampler(
  { state, inputs: { device, objective, settings } }: Trainer,
  { config, tokenizer, validation }: MaskSamplerInputs,
): NonNullable<LoopParts['sample']> {
  const context = Math.min(settings.sampleTokens, settings.context);
  const options = maskingOptions(tokenizer, { ...settings, context, batch: 1 });
  let program: Promise<Program> | undefined;
  const compile = (): Promise<Program> => {
    const { scope, graph, hidden } = encoderModel(config, 1, context, false, objective.adapter);
    const positions = graph.feed('positions', 'int32', [targetRows(options)]);
    const best = argMax(maskedLogits(scope, config, hidden, positions));
    return device.compile({ name: 'fill-mask', outputs: { best } }, state);
  };
  return async function* (interrupted) {
    for (const { feeds } of mlmEvaluation(validation, { ...options, batches: SAMPLES })) {
      if (interrupted()) return;
      const { best } = await (program ??= compile()).then((compiled) => compiled.run(feeds));
      const [prompt, text] = [feeds.ids, filled(feeds, best!.data)].map((ids) =>
        tokenizer.decode(withoutFrame(ids, feeds.mask)),
      );
      yield { prompt: prompt!, text: `\n→ ${text!}` };
    }
  };
}

/** The ids with the predictions in their places. */
function filled({ ids, positions, targets }: MaskedFeeds, best: ArrayLike<number | bigint>): Int32Array {
  const result = ids.slice();
  for (const [i, target] of targets.entries()) {
    if (target >= 0) result[positions[i]!] = Number(best[i]);
  }
  return result;
}

/** The text between [CLS] and the last [SEP]. */
function withoutFrame(ids: Int32Array, mask: Int32Array): Int32Array {
  return ids.subarray(1, mask.reduce((sum, one) => sum + one, 0) - 1);
}
