import type { RunReport } from '../training/report.ts';
import { formatTable } from './format.ts';

/** What a finished run is worth on its test data, beside the baseline. */
export function reportTables({
  examples,
  model,
  baseline,
  baselineName = 'baseline',
  classes = [],
  confusion,
}: RunReport): string {
  const number = (value: number | undefined): string => value?.toFixed(3) ?? '';
  const scores = formatTable([
    [`${examples} examples`, 'model', ...(baseline === undefined ? [] : [baselineName])],
    ...Object.entries(model).map(([name, value]) => [
      name,
      number(value),
      ...(baseline === undefined ? [] : [number(baseline[name])]),
    ]),
  ]);
  const byClass = formatTable([
    ['class', 'precision', 'recall', 'F1', 'examples'],
    ...classes.map((each) => [
      each.name,
      number(each.precision),
      number(each.recall),
      number(each.f1),
      String(each.examples),
    ]),
  ]);
  const taken = confusion?.map((row, i) => [classes[i]?.name ?? '', ...row.map(String)]) ?? [];
  const matrix = formatTable([['true, and taken for', ...classes.map(({ name }) => name)], ...taken]);
  return [
    scores,
    ...(classes.length === 0 ? [] : [byClass]),
    ...(confusion === undefined ? [] : [matrix]),
  ].join('\n\n');
}
