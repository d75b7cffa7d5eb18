/** What benchmarks share: tables, child processes, medians. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import type * as z from 'zod';

/** Prints a table with its columns padded; the first row is the header. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const [header, ...body] = rows.map(line);
  process.stdout.write(
    `\n${title}\n${header!}\n${widths.map((w) => '-'.repeat(w)).join('  ')}\n${body.join('\n')}\n`,
  );
}

/** The machine, for the head of a report. */
export function machine(): string {
  return `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** How the threads of a peer's BLAS and OpenMP wait for work: asleep, or as the library does by itself. */
export type Waiting = 'passive' | 'default';

/** Runs a program that prints one line of JSON last, and checks that line. Undefined if it can not be run. */
export function runJson<T>(
  command: string,
  args: readonly string[],
  schema: z.ZodType<T>,
  { threads, waiting }: { threads: number; waiting: Waiting },
): T | undefined {
  const env = {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    ...(waiting === 'passive' ? { OMP_WAIT_POLICY: 'passive', KMP_BLOCKTIME: '0' } : {}),
  };
  const child = spawnSync(command, args, { encoding: 'utf8', env, maxBuffer: 1 << 26 });
  if (child.status !== 0) {
    const why = (child.stderr || String(child.error)).trim().split('\n').at(-1) ?? '';
    process.stderr.write(`${command} ${args[0] ?? ''}: ${why}\n`);
    return undefined;
  }
  return schema.parse(JSON.parse(child.stdout.trim().split('\n').at(-1)!));
}

export const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
export const ratio = (value: number): string => value.toFixed(2);
export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
