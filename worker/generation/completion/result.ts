/** What a completion is, and the words for how it came about. */
import * as z from 'zod';

/** Rules that end a completion before the model does; each is a function in rules.ts. */
export const STOP_RULES = [
  'line end',
  'blank line',
  'unprintable',
  'rest of line',
  'next line',
  'brackets',
  'dedent',
  'repetition',
  'too many lines',
] as const;

export type StopRule = (typeof STOP_RULES)[number];

/** Why there is nothing to insert. */
export const NOTHING = [
  'cancelled',
  'blank',
  'too short',
  'unfinished',
  'repeats what follows',
  'repeats what is above',
  'repetition',
  'leaves the block',
] as const;

export type Nothing = (typeof NOTHING)[number];

const count = z.int().nonnegative();
const ms = z.number().nonnegative();

export const CompletionSchema = z.strictObject({
  /** To be inserted at the cursor; empty where `nothing` says why. */
  text: z.string(),
  /** UTF-16 units after the cursor, on its line, that the text takes the place of. */
  replace: count,
  /** What ended it: the model, a stop string, the most tokens, the caller, the time, or a rule. */
  reason: z.enum(['end', 'stop', 'length', 'cancelled', 'budget', ...STOP_RULES]),
  nothing: z.enum(NOTHING).optional(),
  /** Tokens that the model was shown, and how many of them were in the cache from before. */
  promptTokens: count,
  reused: count,
  prefillMs: ms,
  /** From the arrival of the request, without the time to open the model. */
  totalMs: ms,
  /** Tokens chosen, and runs of the model for them after the prompt's. */
  tokens: count,
  runs: count,
  /** Whether the text before the cursor was too long to be shown whole. */
  cut: z.boolean(),
});

export type Completion = Readonly<z.infer<typeof CompletionSchema>>;

export type CompletionReason = Completion['reason'];
