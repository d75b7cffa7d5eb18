/** What an encoder can be asked, by request. */
import { answer } from '../encoding/answer.ts';
import { classify } from '../encoding/classify.ts';
import { embed, similar } from '../encoding/embed.ts';
import type { RunOptions } from '../encoding/encoder.ts';
import { fillMask } from '../encoding/fill-mask.ts';
import { polysemy } from '../encoding/polysemy.ts';
import type { ReadingModel } from '../encoding/reading-model.ts';
import { tag } from '../encoding/tag.ts';
import type {
  AnswerRequest,
  ClassifyRequest,
  EmbedRequest,
  FillMaskRequest,
  PolysemyRequest,
  SimilarRequest,
  TagRequest,
} from '../protocol/encoder.ts';
import type { TextModelRequest } from '../protocol/generation.ts';
import { OpenEncoder } from './encoder-model.ts';
import type { TextModelHooks } from './text-model.ts';

/** Answers a request with an open model. */
export type EncoderTask<Request extends TextModelRequest, Result> = (
  model: ReadingModel,
  request: Request,
  options: RunOptions,
) => Promise<Result>;

/** Each throws what its function throws. */
export const ENCODER_TASKS = {
  fillMask: (model: ReadingModel, { text, top }: FillMaskRequest, options: RunOptions) =>
    fillMask(model, text, { top, ...options }),
  classify: (model: ReadingModel, { texts }: ClassifyRequest, options: RunOptions) =>
    classify(model, texts, options),
  tag: (model: ReadingModel, { text }: TagRequest, options: RunOptions) => tag(model, text, options),
  answer: (model: ReadingModel, request: AnswerRequest, options: RunOptions) =>
    answer(model, request, { ...request, ...options }),
  embed: (model: ReadingModel, { texts, pooling, normalize }: EmbedRequest, options: RunOptions) =>
    embed(model, texts, { pooling, normalize, ...options }),
  similar: (model: ReadingModel, { query, texts, ...request }: SimilarRequest, options: RunOptions) =>
    similar(model, query, texts, { ...request, ...options }),
  polysemy: (model: ReadingModel, { word, sentences }: PolysemyRequest, options: RunOptions) =>
    polysemy(model, word, sentences, options),
};

/** Answers one request with a model from disk. Throws what opening the model and the task throw. */
export async function askEncoder<Request extends TextModelRequest, Result>(
  task: EncoderTask<Request, Result>,
  request: Request,
  hooks: TextModelHooks = {},
): Promise<Result> {
  const model = await OpenEncoder.open(request, hooks);
  try {
    return await task(model.reading, request, { signal: hooks.signal });
  } finally {
    await model.close();
  }
}
