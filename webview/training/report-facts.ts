/** The report of a finished run in words and figures. */
import { formatCount } from '../common/format.ts';
import type { RunReport } from '../protocol/objectives.ts';
import { formatScore, scoreLabel } from '../protocol/scores.ts';
import { scoreText } from '../common/scores.ts';

export interface ScoreRow {
  readonly label: string;
  readonly model: string;
  /** Empty where the baseline has no such score. */
  readonly baseline: string;
  /** The model's less the baseline's, with its sign. */
  readonly difference: string;
}

export function scoreRows({ model, baseline }: RunReport): ScoreRow[] {
  return Object.entries(model).map(([name, value]) => {
    const other = baseline?.[name];
    return {
      label: scoreLabel(name),
      model: scoreText(name, value),
      baseline: other === undefined ? '' : scoreText(name, other),
      difference: other === undefined ? '' : signed(value - other),
    };
  });
}

export function baselineName({ baseline, baselineName = 'Baseline' }: RunReport): string | undefined {
  return baseline === undefined ? undefined : baselineName;
}

/** What it was measured on. */
export function reportSource({ examples }: RunReport): string {
  const what = examples === 1 ? '1 test example' : `${formatCount(examples)} test examples`;
  return `On ${what}, which neither training nor the choice of the checkpoint has seen.`;
}

/** The first score, and the baseline's beside it: what is heard of a report. */
export function reportSummary(report: RunReport): string {
  const [first] = scoreRows(report);
  if (first === undefined) return 'The report is ready';
  const beside = first.baseline === '' ? '' : `, ${baselineName(report) ?? ''} ${first.baseline}`;
  return `The report is ready: ${first.label} ${first.model}${beside}`;
}

export interface ConfusionRow {
  /** The class that the examples have. */
  readonly name: string;
  readonly cells: readonly {
    readonly count: number;
    /** Of the row, from 0 to 1. */
    readonly share: number;
    readonly isRight: boolean;
  }[];
}

export function confusionRows({ classes = [], confusion = [] }: RunReport): ConfusionRow[] {
  return confusion.map((row, i) => {
    const sum = row.reduce((all, count) => all + count, 0);
    return {
      name: classes[i]?.name ?? String(i),
      cells: row.map((count, j) => ({ count, share: sum === 0 ? 0 : count / sum, isRight: i === j })),
    };
  });
}

/** Precision, recall, F1 and the examples of each class. */
export function classRows({ classes = [] }: RunReport): string[][] {
  return classes.map(({ name, precision, recall, f1, examples }) => [
    name,
    ...[precision, recall, f1].map(formatScore),
    formatCount(examples),
  ]);
}

/** With a true minus. */
function signed(difference: number): string {
  const size = formatScore(Math.abs(difference));
  if (Number(size) === 0) return `±${size}`;
  return `${difference < 0 ? '\u2212' : '+'}${size}`;
}
