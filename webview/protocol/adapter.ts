/** The LoRA page and its host: what the page shows of an adapter, and what it may ask for. */
import * as z from 'zod';
import { AdapterReportSchema } from '../../worker/protocol/adapter.ts';
import { LikelihoodSchema } from '../../worker/protocol/generation.ts';
import type { Methods } from '../../worker/protocol/rpc.ts';
import { ProblemSchema } from './problem.ts';
import { RunStatusSchema, SeriesSchema } from './training.ts';

export type { AdaptedLayer, AdapterReport } from '../../worker/protocol/adapter.ts';

const count = z.int().nonnegative();

/** What VS Code keeps for the page, and gives its host to restore it from. */
export const AdapterPageStateSchema = z.object({
  /** Folder of the adapter or run. */
  path: z.string().optional(),
  /** The module whose singular values are shown. */
  module: z.string().default(''),
  /** Sections that the user has opened or closed, by name. */
  open: z.record(z.string(), z.boolean()).default({}),
});
export type AdapterPageState = z.output<typeof AdapterPageStateSchema>;

/** The run that trains the adapter, or has trained it. */
export const AdapterRunSchema = z.object({
  status: RunStatusSchema,
  step: count,
  steps: count,
  series: SeriesSchema,
});
export type AdapterRun = z.output<typeof AdapterRunSchema>;

export const AdapterStateSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** What is on disk of it; of a run that has no checkpoint yet, nothing. */
  report: AdapterReportSchema.optional(),
  /** Of an adapter from elsewhere there is none. */
  run: AdapterRunSchema.optional(),
  /** Whether it writes, or reads only: then there is nothing to compare. */
  writes: z.boolean(),
  inUse: z.boolean(),
  /** Why there is no report. */
  problem: ProblemSchema.optional(),
});
export type AdapterState = z.output<typeof AdapterStateSchema>;

/** What one of the two makes of a place in a document. */
export const ComparedSideSchema = z.object({
  text: z.string(),
  /** Of the document. */
  likelihood: LikelihoodSchema,
});
export type ComparedSide = z.output<typeof ComparedSideSchema>;

/** The base and the adapter beside each other; what is not there yet is on its way. */
export const ComparisonSchema = z.object({
  /** The document's name. */
  document: z.string(),
  /** What both go on from: the text before the cursor. */
  prompt: z.string(),
  base: ComparedSideSchema.optional(),
  adapter: ComparedSideSchema.optional(),
  problem: ProblemSchema.optional(),
});
export type Comparison = z.output<typeof ComparisonSchema>;

/** A page that begins to watch gets the state, and the comparison that there is. */
export const AdapterEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: AdapterStateSchema }),
  z.object({ type: z.literal('comparison'), comparison: ComparisonSchema }),
]);
export type AdapterEvent = z.output<typeof AdapterEventSchema>;

const nothing = z.null();
const noParams = z.object({});

/** The page calls, its host answers. Problems are errors with a code and a hint. */
export const ADAPTER_PAGE_METHODS = {
  /** Tells the state and then its changes; ends when the page does. */
  watch: { params: noParams, result: nothing, event: AdapterEventSchema },
  /** Lets both go on from the cursor of the editor that was active last. */
  compare: { params: noParams, result: nothing },
  useForCompletion: { params: noParams, result: nothing },
  /** Lets the user merge it with its base into a model of its own. */
  merge: { params: noParams, result: nothing },
  /** Shows what it attends to in the editor's text. */
  showAttention: { params: noParams, result: nothing },
  /** Reads it again. */
  retry: { params: noParams, result: nothing },
} satisfies Methods;
