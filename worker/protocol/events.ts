import * as z from 'zod';
import { RunEventSchema } from '../training/events.ts';
import { PrepareProgressSchema } from './train.ts';

/** Events of a run, as `cloze train --json` prints them and metrics.jsonl keeps them. */
export { bestOf, RunEndSchema, RunEventSchema, type RunEvent, type RunEventOf } from '../training/events.ts';

/** Something worth knowing that stops nothing. */
export const NoteSchema = z.strictObject({ note: z.string() });

/** What training tells: events of the run, and before them how far its preparation is. */
export const TrainEventSchema = z.union([
  RunEventSchema,
  z.strictObject({ progress: PrepareProgressSchema }),
  NoteSchema,
]);

export type TrainEvent = z.output<typeof TrainEventSchema>;
