import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { BUNDLE } from './bundle.ts';

/** Gives an error that came from the bundle inside, its stack pointing into the sources. */
export function errorFromInside(stack: string): Error {
  const map = new SourceMap(JSON.parse(readFileSync(`${BUNDLE}.map`, 'utf8')) as SourceMapPayload);
  const mapped = stack.replace(/[^\s(]*inside\.cjs:(\d+):(\d+)/g, (found, line: string, column: string) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    return 'originalSource' in entry ? `${entry.originalSource}:${entry.originalLine + 1}` : found;
  });
  const [message = ''] = mapped.split(/\n\s+at /, 1);
  return Object.assign(new Error(message), { stack: mapped });
}
