/** A run as its folder tells it. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bestOf, type RunEvent, type RunEventOf } from '../../worker/protocol/events.ts';
import { countParameters } from '../../worker/protocol/models.ts';
import type { Best } from '../../worker/protocol/objectives.ts';
import {
  RunFolder,
  type RunRecord,
  runOwner,
  TRAINER_FILE,
  TrainerFileSchema,
} from '../../worker/protocol/run-files.ts';
import { type LogEnd, readLogEnd } from './run-log.ts';
import { SeriesRecorder } from './series.ts';

export interface StoredRun {
  readonly path: string;
  readonly name: string;
  /** Of a folder whose run.json can not be read: why. */
  readonly problem: string | undefined;
  readonly record: RunRecord | undefined;
  /** ISO 8601; of the folder where the record does not say. */
  readonly createdAt: string;
  readonly parameters: number;
  readonly step: number;
  /** Of the last checkpoint; undefined if there is none. */
  readonly savedStep: number | undefined;
  readonly loss: number | undefined;
  readonly valLoss: number | undefined;
  readonly best: Best | undefined;
  /** Time in training; of a long run estimated from its last steps. */
  readonly seconds: number;
  /** How it ended; undefined if it did not. */
  readonly end: RunEventOf<'done'>['reason'] | undefined;
  /** The process that trains it now. */
  readonly owner: { readonly pid: number; readonly host: string } | undefined;
  /** Names of its checkpoints: 'last', 'best'. */
  readonly checkpoints: readonly string[];
}

/** Bytes of the end of metrics.jsonl that are read: more than a thousand steps. */
const TAIL = 1 << 18;

/** Reads what there is; undefined if the folder holds no run. Never throws: a broken run has a problem. */
export async function readRun(path: string): Promise<StoredRun | undefined> {
  const folder = new RunFolder(path);
  const created = await stat(folder.recordPath).catch(() => undefined);
  if (created === undefined) return undefined;
  const [read, log, progress, checkpoints] = await Promise.all([
    readRecord(folder),
    readLogEnd(folder.metricsPath, TAIL),
    readProgress(folder),
    findCheckpoints(folder),
  ]);
  const { record, problem } = read;
  const at = positionOf(log.events, progress);
  return {
    path,
    name: basename(path),
    problem,
    record,
    createdAt: record?.createdAt ?? created.birthtime.toISOString(),
    parameters: record === undefined ? 0 : countParameters(record.model.config),
    ...at,
    savedStep: progress?.step,
    seconds: secondsOf(log, at.step),
    end: endOf(log.events),
    owner: runOwner(path),
    checkpoints,
  };
}

async function readRecord(folder: RunFolder): Promise<{ record?: RunRecord; problem?: string }> {
  try {
    return { record: await folder.readRecord() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

type Progress = Awaited<ReturnType<typeof readProgress>>;

/** Where the last checkpoint is; undefined if there is none, or it can not be read: then going on with it says so. */
async function readProgress(folder: RunFolder) {
  try {
    const text = await readFile(join(folder.checkpointsPath, 'last', TRAINER_FILE), 'utf8');
    return TrainerFileSchema.parse(JSON.parse(text)).progress;
  } catch {
    return undefined;
  }
}

async function findCheckpoints({ checkpointsPath }: RunFolder): Promise<string[]> {
  const names = ['last', 'best'];
  const found = await Promise.all(
    names.map((name) => stat(join(checkpointsPath, name)).catch(() => undefined)),
  );
  return names.filter((_, i) => found[i]?.isDirectory() === true);
}

/** The checkpoint's position, and what the log tells after it. */
function positionOf(
  events: readonly RunEvent[],
  progress: Progress,
): Pick<StoredRun, 'step' | 'loss' | 'valLoss' | 'best'> {
  let step = progress?.step ?? 0;
  let loss = progress?.loss;
  let valLoss = progress?.lastEvaluation?.valLoss;
  let best = progress?.best;
  for (const event of events) {
    if (event.event === 'step' && event.step >= step) ({ step, loss } = event);
    if (event.event === 'eval' && event.step >= (progress?.lastEvaluation?.step ?? 0)) {
      valLoss = event.valLoss;
      if (event.best) best = bestOf(event);
    }
  }
  return { step, loss, valLoss, best };
}

/** The time of the events, and at their pace that of the steps before them. */
function secondsOf({ events, isWhole }: LogEnd, step: number): number {
  const recorder = new SeriesRecorder();
  const first = events.find(({ event }) => event === 'step');
  if (first === undefined) return 0;
  // from where the events begin, as a run that was resumed there
  if (!isWhole) recorder.begin(first.step - 1);
  for (const event of events) recorder.add(event);
  if (isWhole) return recorder.seconds;
  return (recorder.seconds * step) / (step - first.step + 1);
}

/** A run that goes on after its end starts anew. */
function endOf(events: readonly RunEvent[]): StoredRun['end'] {
  const last = events.findLast(({ event }) => event === 'done' || event === 'start' || event === 'step');
  return last?.event === 'done' ? last.reason : undefined;
}
