/** The runs as a table: which columns, in which order, which rows. */
import { formatCount, formatDuration, formatLoss, formatNumber, formatShort } from '../common/format.ts';
import { OBJECTIVE_LABELS, writes } from '../protocol/objectives.ts';
import { formatScore } from '../protocol/scores.ts';
import type { RunSummary } from '../protocol/training.ts';
import { lookOf } from './run-status.ts';

export interface Column {
  /** Kept in the page's state. */
  readonly key: string;
  readonly label: string;
  readonly numeric: boolean;
  /** What it is sorted by; undefined comes last. */
  readonly value: (run: RunSummary) => number | string | undefined;
  readonly text: (run: RunSummary) => string;
}

export interface Order {
  readonly key: string;
  readonly descending: boolean;
}

type Hyperparameter = RunSummary['hyperparameters'][string];

const NONE = '–';

/** What the best checkpoint was chosen by, where that is not the loss: of runs with the same objective, comparable. */
const SCORE_COLUMN = column('score', 'Score', (run) => run.best?.score?.value, formatScore);

/** Of every table; the run's name stands before them. */
const FIXED: readonly Column[] = [
  column('valLoss', 'Val loss', (run) => run.best?.valLoss ?? run.valLoss, formatLoss),
  column('loss', 'Loss', (run) => run.loss, formatLoss),
  {
    key: 'step',
    label: 'Steps',
    numeric: true,
    value: ({ step }) => step,
    text: ({ step, steps }) =>
      step === steps ? formatCount(step) : `${formatCount(step)} / ${formatCount(steps)}`,
  },
  column('seconds', 'Time', (run) => run.seconds, formatDuration),
  column('parameters', 'Size', (run) => run.parameters, formatShort),
  {
    key: 'createdAt',
    label: 'Begun',
    numeric: false,
    value: ({ createdAt }) => createdAt,
    text: ({ createdAt }) => formatDate(createdAt),
  },
];

export const NAME_COLUMN: Column = {
  key: 'name',
  label: 'Run',
  numeric: false,
  value: ({ name }) => name.toLowerCase(),
  text: ({ name }) => name,
};

/** Only where not all have learned to write. */
const OBJECTIVE_COLUMN: Column = {
  key: 'objective',
  label: 'Objective',
  numeric: false,
  value: ({ objective }) => OBJECTIVE_LABELS[objective],
  text: ({ objective }) => OBJECTIVE_LABELS[objective],
};

/** Always shown, for they explain a loss best; others only where runs differ in them. */
const KEY_HYPERPARAMETERS = ['lr', 'batch', 'context'];

/** All columns after the name: what was reached, then the hyperparameters worth comparing. */
export function columnsFor(runs: readonly RunSummary[]): Column[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.hyperparameters)))];
  const telling = names.filter((name) => KEY_HYPERPARAMETERS.includes(name) || differs(runs, name));
  const objective = runs.every((run) => writes(run.objective)) ? [] : [OBJECTIVE_COLUMN];
  const score = runs.some((run) => run.best?.score !== undefined) ? [SCORE_COLUMN] : [];
  return [...objective, ...score, ...FIXED, ...telling.map(hyperparameterColumn)];
}

export function sorted(runs: readonly RunSummary[], columns: readonly Column[], order: Order): RunSummary[] {
  const found = [NAME_COLUMN, ...columns].find(({ key }) => key === order.key);
  if (found === undefined) return [...runs];
  const direction = order.descending ? -1 : 1;
  return [...runs].sort((a, b) => compare(found.value(a), found.value(b), direction));
}

/** Runs in which every word is found: in the name, the status, the objective, the model or as a hyperparameter such as lr=0.001. */
export function filtered(runs: readonly RunSummary[], words: string): RunSummary[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...runs];
  return runs.filter((run) => {
    const { name, status, objective, model, hyperparameters } = run;
    const settings = Object.entries(hyperparameters).map(([key, value]) => `${key}=${value}`);
    const text = [name, lookOf(status).label, OBJECTIVE_LABELS[objective], model, ...settings]
      .join(' ')
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

function column(
  key: string,
  label: string,
  value: (run: RunSummary) => number | undefined,
  format: (value: number) => string,
): Column {
  return {
    key,
    label,
    numeric: true,
    value,
    text: (run) => {
      const found = value(run);
      return found === undefined ? NONE : format(found);
    },
  };
}

function hyperparameterColumn(name: string): Column {
  return {
    key: `hyperparameters.${name}`,
    label: name,
    numeric: true,
    value: ({ hyperparameters }) => comparable(hyperparameters[name]),
    text: ({ hyperparameters }) => hyperparameterText(hyperparameters[name]),
  };
}

function hyperparameterText(value: Hyperparameter | undefined): string {
  if (value === undefined) return NONE;
  return typeof value === 'number' && !Number.isInteger(value) ? formatNumber(value) : String(value);
}

function comparable(value: Hyperparameter | undefined): number | string | undefined {
  return typeof value === 'boolean' ? Number(value) : value;
}

function differs(runs: readonly RunSummary[], name: string): boolean {
  return runs.some((run) => run.hyperparameters[name] !== runs[0]?.hyperparameters[name]);
}

function compare(a: number | string | undefined, b: number | string | undefined, direction: number): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * direction;
  return String(a).localeCompare(String(b)) * direction;
}

function formatDate(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NONE;
  return date.toLocaleString(undefined, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
}
