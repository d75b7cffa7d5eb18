/** The tokenizer page and its host: what the page shows of a document, and what it may ask for. */
import * as z from 'zod';
import type { Methods } from '../../worker/protocol/rpc.ts';
import { ProblemSchema } from './problem.ts';
import { TokenizedTextSchema, WordExplanationSchema } from '../../worker/protocol/tokenizer.ts';

/** More of a document is not shown at once, in UTF-16 units. */
export const LONGEST_SHOWN = 1 << 20;

/** A longer word's merges are not shown, in UTF-16 units. */
export const LONGEST_WORD = 256;

const count = z.int().nonnegative();

/** A stretch of a text, in UTF-16 units. */
export const RangeSchema = z.object({ from: count, to: count });
export type Range = z.output<typeof RangeSchema>;

/** 'main' is always there; 'other' is compared with it. */
export const SlotSchema = z.enum(['main', 'other']);
export type Slot = z.output<typeof SlotSchema>;

/** All that it takes to show the same again after a reload of the window. */
export const TokenizerPlaceSchema = z.object({
  /** Of the document. */
  uri: z.string(),
  /** The part of the document that is shown; without it, the whole. */
  range: RangeSchema.optional(),
  /** Folders of the tokenizers; empty: none is chosen. */
  main: z.string(),
  other: z.string(),
});
export type TokenizerPlace = z.output<typeof TokenizerPlaceSchema>;

/** What VS Code keeps for the page, and gives its host to restore it from. */
export const TokenizerPageStateSchema = z.object({
  place: TokenizerPlaceSchema.optional(),
  /** Whether ids are shown below the tokens. */
  ids: z.boolean().default(false),
  /** Where in the text the first row in sight begins. */
  top: count.optional(),
  /** What was selected in the editor when the page heard of it last. */
  selection: RangeSchema.optional(),
});
export type TokenizerPageState = z.output<typeof TokenizerPageStateSchema>;

export const TokenizerChoiceSchema = z.object({
  /** Of a tokenizer, model or run. */
  folder: z.string(),
  label: z.string(),
});
export type TokenizerChoice = z.output<typeof TokenizerChoiceSchema>;

export const TokenizerStateSchema = z.object({
  place: TokenizerPlaceSchema,
  /** The document's name, as its tab has it. */
  name: z.string(),
  /** Whether the document has been closed; what is shown is how it was. */
  closed: z.boolean(),
  choices: z.array(TokenizerChoiceSchema),
});
export type TokenizerState = z.output<typeof TokenizerStateSchema>;

const ColumnContentSchema = z.union([
  z.object({ slot: SlotSchema, label: z.string(), tokens: TokenizedTextSchema }),
  z.object({ slot: SlotSchema, label: z.string(), problem: ProblemSchema }),
]);
export type ColumnContent = z.output<typeof ColumnContentSchema>;

/** A text and its tokens, always of one moment. */
export const TokenizerContentSchema = z.object({
  /** Goes up with every content: offsets belong to one revision. */
  revision: count,
  text: z.string(),
  /** The document's line that the text begins in, from 0. */
  firstLine: count,
  /** UTF-16 units of what was asked for; the text is the beginning of it. */
  total: count,
  columns: z.array(ColumnContentSchema),
});
export type TokenizerContent = z.output<typeof TokenizerContentSchema>;

/** How one text becomes another: what stays of it at both ends, in UTF-16 units, and what comes between. */
export const TextPatchSchema = z.object({ before: count, after: count, inserted: z.string() });
export type TextPatch = z.output<typeof TextPatchSchema>;

/** The same of tokens. */
export const TokensPatchSchema = z.object({
  /** Tokens that stay at the start, and at the end. */
  before: count,
  after: count,
  /** What those at the end move by, in UTF-16 units. */
  shift: z.int(),
  /** Those between, and the entries of all that are new to the page. */
  inserted: TokenizedTextSchema.pick({ ids: true, ends: true, marks: true, used: true }),
  /** Of the text as it is now. */
  counts: TokenizedTextSchema.pick({ distinct: true, characters: true, bytes: true }),
});
export type TokensPatch = z.output<typeof TokensPatchSchema>;

/** A content in terms of the one before it: an edit changes little of a large text. */
export const TokenizerPatchSchema = TokenizerContentSchema.pick({ firstLine: true, total: true }).extend({
  /** The revision that it makes of the one before. */
  revision: count,
  text: TextPatchSchema,
  /** One for each column, in their order. */
  columns: z.array(TokensPatchSchema),
});
export type TokenizerPatch = z.output<typeof TokenizerPatchSchema>;

/** Offsets into the text of a revision. */
export const PlacedRangeSchema = RangeSchema.extend({ revision: count });
export type PlacedRange = z.output<typeof PlacedRangeSchema>;

/** A page that begins to watch gets state, content and selection. */
export const TokenizerEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: TokenizerStateSchema }),
  z.object({ type: z.literal('content'), content: TokenizerContentSchema }),
  /** Of the content that was told last. */
  z.object({ type: z.literal('patch'), patch: TokenizerPatchSchema }),
  /** What is selected in the editor; empty: where its cursor stands. */
  z.object({ type: z.literal('selection'), range: PlacedRangeSchema }),
  /** The place in the editor that the mouse points at; without one, none any more. */
  z.object({ type: z.literal('hover'), range: PlacedRangeSchema.optional() }),
]);
export type TokenizerEvent = z.output<typeof TokenizerEventSchema>;

const nothing = z.null();
const noParams = z.object({});

/** The page calls, its host answers. Problems are errors with a code and a hint. */
export const TOKENIZER_PAGE_METHODS = {
  /** Tells the state and then its changes; ends when the page does. */
  watch: { params: noParams, result: nothing, event: TokenizerEventSchema },
  /** Takes another tokenizer; an empty folder ends a comparison. */
  choose: { params: z.object({ slot: SlotSchema, folder: z.string() }), result: nothing },
  /** Lets the user look for a tokenizer's folder. */
  browse: { params: z.object({ slot: SlotSchema }), result: nothing },
  /** Shows the whole document, or what is selected in it now: `usage` if nothing is. */
  setScope: { params: z.object({ scope: z.enum(['document', 'selection']) }), result: nothing },
  /** Marks a token in the editor, or none. */
  hover: { params: z.object({ range: PlacedRangeSchema.optional() }), result: nothing },
  /** Selects a token in the editor, and shows it there. */
  select: { params: PlacedRangeSchema, result: nothing },
  /** How merges made the tokens of one word. */
  explain: {
    params: z.object({ slot: SlotSchema, word: z.string().max(LONGEST_WORD) }),
    result: z.array(WordExplanationSchema),
  },
  /** Tokenizes again what could not be. */
  retry: { params: noParams, result: nothing },
  /** Opens the document again. */
  reopen: { params: noParams, result: nothing },
  /** Starts the command that trains a model, which makes a tokenizer. */
  train: { params: noParams, result: nothing },
} satisfies Methods;
