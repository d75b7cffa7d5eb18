/** What is in a run folder, for those who read it beside the worker. */
export { runOwner } from '../training/lock.ts';
export { ProgressSchema, TRAINER_FILE, TrainerFileSchema, type TrainerFile } from '../training/progress.ts';
export { RunFolder, type RunRecord, RunRecordSchema } from '../training/record.ts';
