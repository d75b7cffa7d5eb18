import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

/** Makes a stack from a bundle, which has its map beside itself, point into the sources. */
export function mapStack(stack: string, bundle: string): string {
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  const name = basename(bundle).replaceAll('.', '\\.');
  const place = new RegExp(`[^\\s(]*${name}:(\\d+):(\\d+)`, 'g');
  return stack.replace(place, (found, line: string, column: string) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in entry)) return found;
    const source = relative(process.cwd(), join(dirname(bundle), entry.originalSource));
    return `${source}:${entry.originalLine + 1}`;
  });
}
