/** What a model attends to: what the attention page and `cloze attention` ask for. */
import * as z from 'zod';
import { AttentionSchema, PredictionSchema } from '../inspect/result.ts';
import type { Methods } from './rpc.ts';

export { attentionJson } from '../inspect/attention-json.ts';
export { averageHeads, smallHeads } from '../inspect/heads.ts';
export {
  type Attention,
  AttentionSchema,
  type InspectedToken,
  type Prediction,
  PredictionSchema,
} from '../inspect/result.ts';

/** The longest text that is looked at, in UTF-16 units: far more than any model here is shown. */
export const LONGEST_INSPECTED = 1 << 16;

const position = z.int().nonnegative();
const text = z.string().max(LONGEST_INSPECTED);

export const AttentionRequestSchema = z.strictObject({
  /** A model folder, or a run folder: then its last checkpoint. */
  model: z.string(),
  /** Default 'auto'. */
  provider: z.string().optional(),
  text,
  /** Of an adapter: its base's weights minus its own, instead of its own. */
  difference: z.boolean().optional(),
  /** Of an encoder: what follows in the same input. */
  second: text.optional(),
  /** Of an encoder: tokens, counted in the result, to put the mask in the place of. */
  masked: z.array(position).optional(),
});
export type AttentionRequest = Readonly<z.output<typeof AttentionRequestSchema>>;

export const PredictRequestSchema = AttentionRequestSchema.extend({
  /** The token to predict, counted as in the attention's result. */
  position,
  /** How many predictions, the likeliest first. */
  count: z.int().min(1).max(100),
});
export type PredictRequest = Readonly<z.output<typeof PredictRequestSchema>>;

export const INSPECT_METHODS = {
  /** The weights of all heads. The model stays open until another is asked for, or none is needed. */
  attention: { params: AttentionRequestSchema, result: AttentionSchema },
  /** What stands at a place, in an encoder's opinion: masked or not. */
  predictMask: { params: PredictRequestSchema, result: z.array(PredictionSchema) },
  /** Closes the model that is inspected: no page shows it any more. */
  closeInspected: { params: z.object({}), result: z.null() },
} satisfies Methods;
