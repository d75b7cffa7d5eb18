/** What the page remembers of itself while it is hidden. The run and the form are its host's. */
import * as z from 'zod';
import type { Range } from '../common/axis-range.ts';
import type { PageState } from '../common/connection.ts';
import { TokenizerChoiceSchema } from './tokenizer-choice.ts';

export const TrainingPageSchema = z.object({
  /** Sections that the user has opened or closed, by name. */
  open: z.record(z.string(), z.boolean()).default({}),
  /** What stands in fields and is not valid, by the field's name. */
  invalid: z.record(z.string(), z.string()).default({}),
  /** The choice of a tokenizer, while it is not valid. */
  tokenizer: TokenizerChoiceSchema.optional(),
  smoothing: z.number().min(0).max(0.99).default(0.6),
  log: z.boolean().default(false),
  byTime: z.boolean().default(false),
  ignoreOutliers: z.boolean().default(false),
  /** A part of a run's x. */
  zoom: z.object({ run: z.string(), min: z.number(), max: z.number() }).optional(),
  /** Run folders laid over the current run. */
  overlay: z.array(z.string()).default([]),
  order: z
    .object({ key: z.string(), descending: z.boolean() })
    .default({ key: 'createdAt', descending: true }),
  filter: z.string().default(''),
  /** A run folder of the history. */
  selected: z.string().optional(),
  /** In pixels. */
  scroll: z.number().nonnegative().default(0),
});

export type Memory = PageState<z.output<typeof TrainingPageSchema>>;

/** The part that is shown of a run; one of another run says nothing of it. */
export function zoomOf({ value: { zoom } }: Memory, run: string): Range | undefined {
  return zoom?.run === run ? zoom : undefined;
}
