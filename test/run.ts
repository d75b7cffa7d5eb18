/**
 * Runs the tests: `node --import tsx test/run.ts [LANE...] [--grep PATTERN]`. Without a lane, all of them.
 * The last line is `N passed, N failed` over all lanes. The exit code is 0 only if nothing failed and every lane
 * ran at least one test.
 */
import { parseArgs } from 'node:util';
import { runLane, type LaneResult } from './support/lane-run.ts';
import { lanes } from './support/lanes.ts';
import { sum, summaryLine } from './support/tally.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: 'string', short: 'g' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(lanes);
for (const name of names) {
  if (!(name in lanes)) fail(`no lane "${name}": the lanes are ${Object.keys(lanes).join(', ')}`);
}

const results: LaneResult[] = [];
for (const name of names) {
  say(`\n── ${name} ──`);
  results.push(await runLane(name, lanes[name]!, values.grep));
}
report(results);

function report(results: readonly LaneResult[]): void {
  const rows = results.map((r) => [
    r.lane,
    ...[r.files, r.passed, r.failed, r.skipped].map(String),
    `${r.seconds.toFixed(1)} s`,
  ]);
  say(`\n${table([['lane', 'files', 'passed', 'failed', 'skipped', 'time'], ...rows])}\n`);
  const total = sum(results);
  const idle = results.filter((r) => r.passed + r.failed === 0).map((r) => r.lane);
  // a pattern may leave lanes empty, but not all of them
  const ranNothing = values.grep === undefined ? idle.length > 0 : idle.length === results.length;
  if (ranNothing) say(`Nothing ran in: ${idle.join(', ')}`);
  say(summaryLine(total));
  process.exitCode = ranNothing || total.failed > 0 ? 1 : 0;
}

/** Left-aligned first column, right-aligned numbers. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
