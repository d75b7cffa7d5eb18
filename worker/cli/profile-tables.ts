import type { Profile, ProfileRow } from '../runtime/profile.ts';
import { formatCount, formatTable } from './format.ts';

/** Rows of each table; the rest is added up in one more. */
const MOST_ROWS = 20;

/** Where the time of a run went, by operator and by module. */
export function profileTables({ kernelMilliseconds, runMilliseconds, byOp, byModule }: Profile): string {
  const outside = runMilliseconds - kernelMilliseconds;
  return [
    '',
    table('operator', byOp, kernelMilliseconds),
    '',
    table('module', byModule, kernelMilliseconds),
    '',
    `${formatCount(kernelMilliseconds)} ms in operators, ${formatCount(outside)} ms between them`,
  ].join('\n');
}

function table(name: string, rows: readonly ProfileRow[], total: number): string {
  const rest = rows.slice(MOST_ROWS);
  const sum = (of: 'calls' | 'milliseconds') => rest.reduce((all, row) => all + row[of], 0);
  const others = { name: `${rest.length} others`, calls: sum('calls'), milliseconds: sum('milliseconds') };
  const shown = rest.length === 0 ? rows : [...rows.slice(0, MOST_ROWS), others];
  const cells = shown.map((row) => [
    row.name,
    formatCount(row.calls),
    row.milliseconds.toFixed(1),
    `${((100 * row.milliseconds) / total).toFixed(1)} %`,
  ]);
  return formatTable([[name, 'calls', 'ms', 'share'], ...cells], [1, 2, 3]);
}
