import * as z from 'zod';

/** A metric of an evaluation by its name. */
export const ScoreSchema = z.object({ name: z.string(), value: z.number() });

/** An evaluation by which checkpoints are compared. */
export const BestSchema = z.object({
  step: z.int().nonnegative(),
  /** Mean over the targets, in nats. */
  valLoss: z.number(),
  /** What the objective chooses by, where that is not the loss. */
  score: ScoreSchema.optional(),
});
export type Best = z.infer<typeof BestSchema>;
