/** 1234567 as 1,234,567. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** 1 file, 378 files. */
export function formatFiles(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`;
}

/** Bytes as people read them, in powers of 1024: 3.2 GiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? formatCount(value) : value.toPrecision(3)} ${units[power]!}`;
}

/** Seconds as 8s, 2m05s or 1h02m. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** Rows as columns two spaces apart: the first is left-aligned, `right` names those that are right-aligned. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  const pad = (cell: string, i: number) =>
    right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** Text with what would not show (line ends, tabs, control characters) written as escapes. */
export function visible(text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

/** What was left out of a corpus, as a line, or no line. */
export function formatLeftOut(leftOut: Readonly<Record<string, number>>): string[] {
  const counts = Object.entries(leftOut).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  return counts.length === 0 ? [] : [`left out: ${counts.join(', ')}`];
}

/** Something worth knowing, as a line of stderr says it. */
export function noteText(message: string): string {
  return `note: ${message}`;
}
