/** What a generation tells while it goes on, and at its end. */
import * as z from 'zod';

const count = z.int().nonnegative();

/** The prompt has been read. */
export const PromptEventSchema = z.strictObject({
  type: z.literal('prompt'),
  /** Tokens of the prompt as the model sees it. */
  tokens: count,
  /** Of these, how many were in the cache from before. */
  reused: count,
  /** Tokens cut off on the left, because the context does not hold them. */
  dropped: count,
  prefillMs: z.number(),
});

/** Further text: whole characters, in which no stop string begins. */
export const TextEventSchema = z.strictObject({ type: z.literal('text'), text: z.string() });

export const DoneEventSchema = z.strictObject({
  type: z.literal('done'),
  /** Why it ended: an end token, a stop string, no more tokens or positions, the signal. */
  reason: z.enum(['end', 'stop', 'length', 'cancelled']),
  /** All of the text. */
  text: z.string(),
  /** Tokens chosen, an end token included. */
  tokens: count,
  /** The stop string that was found. */
  stop: z.string().optional(),
  /** Runs of the model after the prompt's: fewer than tokens where guesses were right. */
  runs: count,
  /** Mean time of a token after the first; undefined where there was none. */
  msPerToken: z.number().optional(),
  tokensPerSecond: z.number().optional(),
});

export const GenerationEventSchema = z.union([PromptEventSchema, TextEventSchema, DoneEventSchema]);

export type DoneEvent = Readonly<z.infer<typeof DoneEventSchema>>;
export type FinishReason = DoneEvent['reason'];
export type GenerationEvent = Readonly<z.infer<typeof GenerationEventSchema>>;
