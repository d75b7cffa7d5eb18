import { encodeParts } from '../data/corpus.ts';
import { wholePart } from '../data/split.ts';
import { ClozeError } from '../base/errors.ts';
import { loadModelTokenizer, loadTextModel } from '../models/load.ts';
import type { EvaluateRequest, EvaluateResult, PrepareProgress } from '../protocol/train.ts';
import { parseProvider } from '../runtime/provider.ts';
import { Evaluation } from '../training/evaluation.ts';
import { nextTokenEvaluation, nextTokenLoss, nextTokenScorer } from '../training/objectives/next-token.ts';
import { cacheFolder } from './cache.ts';
import { contextFor } from './context.ts';
import { modelFolder } from '../models/model-folder.ts';
import { type DeviceHooks, onDevice } from './run-device.ts';
import { collectData } from './training-data.ts';
import { tokenizerHash } from './training-tokenizer.ts';

export interface EvaluateHooks extends Pick<DeviceHooks, 'onNote'> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PrepareProgress | EvaluateProgress) => void) | undefined;
}

export interface EvaluateProgress {
  readonly phase: 'evaluating';
  /** Tokens. */
  readonly done: number;
  readonly total: number;
}

const DEFAULT_BATCH = 8;

/**
 * The loss of a model on all the text of files, in windows of its context that do not overlap. Throws `usage`,
 * `data`, `checkpoint`, `tokenizer`, `model`, `provider`, `cancelled`.
 */
export async function evaluate(request: EvaluateRequest, hooks: EvaluateHooks = {}): Promise<EvaluateResult> {
  const { signal, onProgress } = hooks;
  const start = performance.now();
  const provider = parseProvider(request.provider ?? 'auto');
  const folder = modelFolder(request.model);
  const tokenizer = await loadModelTokenizer(folder);
  const { documents, leftOut } = await collectData(request.data, hooks);
  const tokens = await encodeParts(documents.map(wholePart), {
    tokenizer,
    tokenizerHash: tokenizerHash(tokenizer),
    cacheFolder: cacheFolder(),
    signal,
    onProgress: ({ bytes, totalBytes }) =>
      onProgress?.({ phase: 'encoding', done: bytes, total: totalBytes }),
  });
  try {
    const result = await onDevice(provider, {}, hooks, async (device) => {
      const { config, state } = await loadTextModel(folder, device);
      const context = contextFor(folder, config, request.context);
      const batch = request.batch ?? DEFAULT_BATCH;
      const shape = { batch, context };
      const evaluation = await Evaluation.compile(device, state, nextTokenLoss(config, shape));
      const total = tokens.length - 1;
      return evaluation.run(nextTokenEvaluation(tokens, shape, 0), nextTokenScorer(), {
        signal,
        onProgress: (done) =>
          onProgress?.({ phase: 'evaluating', done: Math.min(total, done * batch * context), total }),
      });
    });
    if (result === undefined) throw new ClozeError('cancelled', 'cancelled');
    const bytes = documents.reduce((sum, document) => sum + document.bytes, 0);
    return {
      model: folder,
      loss: result.loss,
      perplexity: Math.exp(result.loss),
      bitsPerByte: (result.loss * result.tokens) / Math.LN2 / bytes,
      tokens: result.tokens,
      files: documents.length,
      bytes,
      leftOut,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    tokens.close();
  }
}
