/** Events of a run, as `cloze train --json` prints them and metrics.jsonl keeps them. */
export { RunEventSchema, type RunEvent, type RunEventOf } from '../training/events.ts';
