import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readJson } from '../base/files.ts';
import { TRAINER_FILE, TrainerFileSchema } from '../protocol/run-files.ts';
import { runOf } from './learned-order.ts';

/** The name of a model's folder; of a run's checkpoint the run's. */
export function modelName(folder: string): string {
  return basename(runOf(folder)?.path ?? resolve(folder));
}

/** Of a run's checkpoint, how many steps it has trained; empty for any other folder. */
export async function trainedSteps(folder: string): Promise<{ readonly step?: number }> {
  const path = join(folder, TRAINER_FILE);
  if (runOf(folder) === undefined || !existsSync(path)) return {};
  return { step: (await readJson(path, TrainerFileSchema)).progress.step };
}
