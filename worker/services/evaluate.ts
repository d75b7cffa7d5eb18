import { encodeParts } from '../data/corpus.ts';
import { wholePart } from '../data/split.ts';
import { ClozeError } from '../base/errors.ts';
import type { TokenSequence } from '../data/token-file.ts';
import { loadModelTokenizer } from '../models/load.ts';
import { discardFrozen, loadFrozenModel } from '../models/load-frozen.ts';
import { openUnchanged } from '../models/open-unchanged.ts';
import type { WeightPrecision } from '../models/weight-precision.ts';
import type { EvaluateRequest, EvaluateResult, PrepareProgress } from '../protocol/train.ts';
import type { Device } from '../runtime/device.ts';
import { parseProvider } from '../runtime/provider.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { Evaluation } from '../training/evaluation.ts';
import { nextTokenEvaluation, nextTokenLoss, nextTokenScorer } from '../training/objectives/next-token.ts';
import type { EvaluationResult } from '../training/objective.ts';
import { cacheFolder, weightsFolder } from './cache.ts';
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
    const precision = request.weights ?? 'float32';
    const measured = (of: WeightPrecision): Promise<EvaluationResult> =>
      onDevice(provider, {}, hooks, (device) =>
        lossOf({ ...request, model: folder }, { tokens, tokenizer, precision: of, device }, hooks),
      );
    const result = await measured(precision);
    const exact = precision === 'float32' ? undefined : await measured('float32');
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
      routing: result.routing,
      seconds: (performance.now() - start) / 1000,
      ...(exact === undefined ? {} : { float32: { loss: exact.loss, perplexity: Math.exp(exact.loss) } }),
    };
  } finally {
    tokens.close();
  }
}

interface Measured {
  readonly tokens: TokenSequence;
  readonly tokenizer: Tokenizer;
  readonly precision: WeightPrecision;
  readonly device: Device;
}

async function lossOf(
  { model, context: asked, batch = DEFAULT_BATCH }: EvaluateRequest,
  { tokens, tokenizer, precision, device }: Measured,
  { signal, onProgress }: EvaluateHooks,
): Promise<EvaluationResult> {
  const options = { precision, folder: weightsFolder(), inMemory: true };
  const { config, state, quantised, release } = await openUnchanged(
    model,
    (folder) => loadFrozenModel(folder, device, options),
    discardFrozen,
  );
  try {
    const context = contextFor(model, config, asked);
    const shape = { batch, context };
    const loss = nextTokenLoss(config, shape, undefined, quantised);
    const evaluation = await Evaluation.compile(device, state, loss);
    const total = tokens.length - 1;
    const result = await evaluation.run(nextTokenEvaluation(tokens, tokenizer, shape, 0), nextTokenScorer(), {
      signal,
      onProgress: (done) =>
        onProgress?.({ phase: 'evaluating', done: Math.min(total, done * batch * context), total }),
    });
    if (result === undefined) throw new ClozeError('cancelled', 'cancelled');
    return result;
  } finally {
    release();
  }
}
