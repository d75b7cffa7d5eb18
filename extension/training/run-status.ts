import type { RunStatus, RunSummary } from '../../webview/protocol/training.ts';
import { precisionNote } from './precision.ts';
import type { Problem } from './session-memory.ts';
import type { StoredRun } from './stored-run.ts';

/** What a run's folder does not tell. */
export interface Known {
  /** The run that this window was training when it last knew. */
  readonly remembered: string | undefined;
  /** Why runs ended that ended with an error, by path. */
  readonly failures: Readonly<Record<string, Problem>>;
  /** The folder that completion uses. */
  readonly inUse: string | undefined;
}

/** Of a run that this window does not train now. */
export function statusOf(run: StoredRun, { remembered, failures }: Known): RunStatus {
  if (run.problem !== undefined) return 'failed';
  if (run.owner !== undefined) return 'elsewhere';
  if (run.end === 'completed' || run.end === 'early') return 'completed';
  // the worker stops a run whose window has gone: nobody wanted it to end
  if (run.path === remembered) return 'interrupted';
  // one that was stopped may have failed to go on
  if (Object.hasOwn(failures, run.path)) return 'failed';
  return run.end === 'stopped' ? 'stopped' : 'interrupted';
}

export function summaryOf(run: StoredRun, known: Known): RunSummary {
  const { path, name, createdAt, parameters, step, loss, valLoss, best, seconds, record } = run;
  return {
    path,
    name,
    status: statusOf(run, known),
    createdAt,
    objective: record?.objective ?? 'clm', // of a record that can not be read nothing is known
    model: record?.model.from ?? '',
    parameters,
    ...precisionNote(record?.precision),
    step,
    steps: record?.training.steps ?? 0,
    loss,
    valLoss,
    best,
    seconds,
    hyperparameters: record === undefined ? {} : hyperparametersOf(record),
    data: record?.data.paths ?? [],
    inUse: isIn(known.inUse, path),
  };
}

/** Whether a model folder is a run's, or one of its checkpoints. */
export function isIn(folder: string | undefined, run: string): boolean {
  return folder === run || folder?.startsWith(`${run}/`) === true || folder?.startsWith(`${run}\\`) === true;
}

/** Numbers, words and switches by name: what tells runs apart. */
function hyperparametersOf({
  model,
  training,
  tokenizer,
  provider,
}: NonNullable<StoredRun['record']>): RunSummary['hyperparameters'] {
  const adapter = model.lora === undefined ? {} : { adapterRank: model.lora.settings.rank };
  const fields = { tokenizer: tokenizer.from, provider, ...adapter, ...model.config, ...training };
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, number | string | boolean] =>
      ['number', 'string', 'boolean'].includes(typeof field[1]),
    ),
  );
}
