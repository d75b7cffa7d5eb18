/** The attention page and its host: what the page shows of a text, and what it may ask for. */
import * as z from 'zod';
import { AttentionSchema, PredictionSchema } from '../../worker/protocol/inspect.ts';
import type { Methods } from '../../worker/protocol/rpc.ts';
import { ProblemSchema } from './problem.ts';

/** Lines from token to token are drawn for texts of at most so many tokens. */
export const MOST_LINE_TOKENS = 64;

/** The longest second text, in UTF-16 units. */
const LONGEST_SECOND = 4096;

const count = z.int().nonnegative();

/** All that it takes to show the same again after a reload of the window. */
export const AttentionPlaceSchema = z.object({
  /** Of the document. */
  uri: z.string(),
  /** Folder of the model or run; empty: none is chosen. */
  model: z.string(),
  /** What follows the text in an encoder's input. */
  second: z.string().default(''),
  /** Whether an adapter's weights are taken from its base's, and the difference is shown. */
  difference: z.boolean().default(false),
});
export type AttentionPlace = z.output<typeof AttentionPlaceSchema>;

export const CellSchema = z.object({ row: count, column: count });
/** The attention that the token of a row pays to that of a column. */
export type Cell = z.output<typeof CellSchema>;

export const ViewSchema = z.enum(['map', 'lines']);
export type View = z.output<typeof ViewSchema>;

/** What VS Code keeps for the page, and gives its host to restore it from. */
export const AttentionPageStateSchema = z.object({
  place: AttentionPlaceSchema.optional(),
  /** Heads that are averaged, counted over all layers. */
  heads: z.array(count).default([0]),
  view: ViewSchema.default('map'),
  /** The share of each row's attention that is shown, in percent. */
  share: z.number().min(0).max(100).default(100),
  /** Whether special tokens, or a decoder's first, are left out. */
  mute: z.boolean().default(false),
  cell: CellSchema.default({ row: 0, column: 0 }),
});
export type AttentionPageState = z.output<typeof AttentionPageStateSchema>;

export const ModelChoiceSchema = z.object({ folder: z.string(), label: z.string() });
export type ModelChoice = z.output<typeof ModelChoiceSchema>;

export const AttentionStateSchema = z.object({
  place: AttentionPlaceSchema,
  /** The document's name, as its tab has it. */
  name: z.string(),
  /** Whether the document has been closed; what is shown is how it was. */
  closed: z.boolean(),
  choices: z.array(ModelChoiceSchema),
});
export type AttentionState = z.output<typeof AttentionStateSchema>;

/** What an encoder says of one token: as it stands there, and with the mask in its place. */
export const MaskedTokenSchema = z.object({
  position: count,
  seen: z.array(PredictionSchema),
  masked: z.array(PredictionSchema),
});
export type MaskedToken = z.output<typeof MaskedTokenSchema>;

/** An inspection without its weights, which the page asks for. */
export const AttentionContentSchema = z.object({
  /** Goes up with every content: heads and tokens belong to one revision. */
  revision: count,
  attention: AttentionSchema.omit({ weights: true }),
  /** Every head in small, [L H, S, S]. */
  small: z.object({ side: count, cells: z.instanceof(Float32Array) }),
  mask: MaskedTokenSchema.optional(),
  /** Whether the user of the page has asked for it; else it follows the editor. */
  asked: z.boolean(),
});
export type AttentionContent = z.output<typeof AttentionContentSchema>;

/** A page that begins to watch gets the state, and the content or the problem that there is. */
export const AttentionEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: AttentionStateSchema }),
  z.object({ type: z.literal('content'), content: AttentionContentSchema }),
  z.object({ type: z.literal('problem'), problem: ProblemSchema }),
]);
export type AttentionEvent = z.output<typeof AttentionEventSchema>;

const nothing = z.null();
const noParams = z.object({});

/** The page calls, its host answers. Problems are errors with a code and a hint. */
export const ATTENTION_PAGE_METHODS = {
  /** Tells the state and then its changes; ends when the page does. */
  watch: { params: noParams, result: nothing, event: AttentionEventSchema },
  /** Takes another model. */
  choose: { params: z.object({ folder: z.string() }), result: nothing },
  /** Lets the user look for a model's folder. */
  browse: { params: noParams, result: nothing },
  /** What follows the text in an encoder's input; empty for nothing. */
  setSecond: { params: z.object({ text: z.string().max(LONGEST_SECOND) }), result: nothing },
  /** Shows an adapter's own weights, or its base's minus its own. */
  setDifference: { params: z.object({ difference: z.boolean() }), result: nothing },
  /** Puts the mask in the place of a token, or takes it away; encoders only. */
  mask: { params: z.object({ revision: count, position: count }), result: nothing },
  /** The mean of some heads, [T, T]; empty if the revision is no longer the one that is shown. */
  weights: {
    params: z.object({
      revision: count,
      heads: z
        .array(count)
        .min(1)
        .max(1 << 14),
    }),
    result: z.instanceof(Float32Array),
  },
  /** Lets the user save a picture of the page, a PNG. */
  exportPng: { params: z.object({ bytes: z.instanceof(Uint8Array) }), result: nothing },
  /** Lets the user save what the worker said: tokens and the weights of all heads. */
  exportJson: { params: z.object({ revision: count }), result: nothing },
  /** Reads the model again, and looks once more. */
  retry: { params: noParams, result: nothing },
  /** Opens the document again. */
  reopen: { params: noParams, result: nothing },
  /** Starts the command that trains a model. */
  train: { params: noParams, result: nothing },
} satisfies Methods;
