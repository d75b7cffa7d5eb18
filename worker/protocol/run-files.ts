/** What is in a run folder, for those who read it beside the worker. */
export { runOwner } from '../training/lock.ts';
export { TRAINER_FILE, TrainerFileSchema, type TrainerFile } from '../training/progress.ts';
export { RunFolder, type RunRecord } from '../training/record.ts';
