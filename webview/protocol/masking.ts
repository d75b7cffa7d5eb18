/** The masking page and its host: what the page shows of a text, and what it may ask for. */
import * as z from 'zod';
import { PolysemySchema } from '../../worker/protocol/encoder.ts';
import { MaskedTextSchema } from '../../worker/protocol/masking.ts';
import type { Methods } from '../../worker/protocol/rpc.ts';
import { ProblemSchema } from './problem.ts';

/** Sentences that a word is compared between: more make a table that nobody reads. */
export const MOST_SENTENCES = 8;

/** The longest word that is compared, in UTF-16 units. */
export const LONGEST_WORD = 128;

const count = z.int().nonnegative();

/** All that it takes to show the same again after a reload of the window. */
export const MaskingPlaceSchema = z.object({
  /** Of the document. */
  uri: z.string(),
  /** The part of the document that is masked, in UTF-16 units; without it, the whole. */
  range: z.object({ from: count, to: count }).optional(),
  /** Folder of the model or run; empty: none is chosen. */
  model: z.string(),
  /** Other masks for another one. */
  seed: count.default(1),
  /** The word that is compared between the document's sentences; empty: none. */
  word: z.string().max(LONGEST_WORD).default(''),
});
export type MaskingPlace = z.output<typeof MaskingPlaceSchema>;

/** What VS Code keeps for the page, and gives its host to restore it from. */
export const MaskingPageStateSchema = z.object({
  place: MaskingPlaceSchema.optional(),
  /** Whether the chosen tokens are shown as a table. */
  table: z.boolean().default(false),
  /** Sections that the user has opened or closed, by name. */
  open: z.record(z.string(), z.boolean()).default({}),
  /** The token that the cursor is at. */
  cursor: count.default(0),
});
export type MaskingPageState = z.output<typeof MaskingPageStateSchema>;

export const MaskingStateSchema = z.object({
  place: MaskingPlaceSchema,
  /** The document's name, as its tab has it. */
  name: z.string(),
  /** Whether the document has been closed; what is shown is how it was. */
  closed: z.boolean(),
  /** Models that read both ways. */
  choices: z.array(z.object({ folder: z.string(), label: z.string() })),
});
export type MaskingState = z.output<typeof MaskingStateSchema>;

/** A masked text with its predictions. */
export const MaskingContentSchema = z.object({
  /** Goes up with every content: tokens belong to one revision. */
  revision: count,
  masked: MaskedTextSchema,
  /** Whether the user of the page has asked for it; else it follows the editor. */
  asked: z.boolean(),
});
export type MaskingContent = z.output<typeof MaskingContentSchema>;

/** A word in several sentences. */
export const WordContentSchema = z.object({
  word: z.string(),
  sentences: z.array(z.string()),
  /** Sentences of the document that hold the word. */
  total: count,
  polysemy: PolysemySchema,
});
export type WordContent = z.output<typeof WordContentSchema>;

/** A page that begins to watch gets the state, and the contents or problems that there are. */
export const MaskingEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: MaskingStateSchema }),
  z.object({ type: z.literal('content'), content: MaskingContentSchema }),
  z.object({ type: z.literal('problem'), problem: ProblemSchema }),
  z.object({ type: z.literal('word'), word: WordContentSchema }),
  z.object({ type: z.literal('wordProblem'), problem: ProblemSchema }),
  /** No word is compared. */
  z.object({ type: z.literal('noWord') }),
]);
export type MaskingEvent = z.output<typeof MaskingEventSchema>;

const nothing = z.null();
const noParams = z.object({});

/** The page calls, its host answers. Problems are errors with a code and a hint. */
export const MASKING_PAGE_METHODS = {
  /** Tells the state and then its changes; ends when the page does. */
  watch: { params: noParams, result: nothing, event: MaskingEventSchema },
  /** Takes another model. */
  choose: { params: z.object({ folder: z.string() }), result: nothing },
  /** Lets the user look for a model's folder. */
  browse: { params: noParams, result: nothing },
  /** Shows the whole document, or what is selected in it now: `usage` if nothing is. */
  setScope: { params: z.object({ scope: z.enum(['document', 'selection']) }), result: nothing },
  /** Draws other masks. */
  reseed: { params: noParams, result: nothing },
  /** Compares another word between the document's sentences; empty for none. */
  setWord: { params: z.object({ word: z.string().max(LONGEST_WORD) }), result: nothing },
  /** Selects a token in the editor, and shows it there; one of a former revision is passed over. */
  select: { params: z.object({ revision: count, token: count }), result: nothing },
  /** Reads the model again, and looks once more. */
  retry: { params: noParams, result: nothing },
  /** Opens the document again. */
  reopen: { params: noParams, result: nothing },
  /** Shows the training view, where such a model is trained. */
  train: { params: noParams, result: nothing },
} satisfies Methods;
