import { isBlank, leadOf, opensBlock, widthOf } from './lines.ts';
import type { Place } from './place.ts';

/** Lines that belong to a block although they are not inside of it. */
const CLOSES = /^\s*([)\]}]|(end|fi|done|esac)\s*$)/;
const CONTINUES = /^\s*\}?\s*(else|elif|elsif|except|finally|catch|rescue|ensure)\b/;

/**
 * Ends before the first line that leaves the block of the cursor: one that is indented less than the cursor's line, or
 * as much where that line opens a block. A line that closes a bracket stays, and so does one like `} else {` or
 * `except:`; after a closing line nothing but such lines.
 */
export function dedent(text: string, { line, unit }: Place, ended: boolean): number | undefined {
  if (!ended && !text.endsWith('\n')) return undefined;
  const lines = text.split('\n');
  const base = leadOf(line === '' ? lines[0]! : line);
  const least = widthOf(base, unit) + (opensBlock(line) ? 1 : 0);
  let offset = lines[0]!.length;
  let isClosed = false;
  for (const each of lines.slice(1, ended ? undefined : -1)) {
    const stays = CLOSES.test(each) || CONTINUES.test(each);
    const isInside = widthOf(leadOf(each), unit) >= least;
    if (!isBlank(each)) {
      if (!stays && (isClosed || !isInside)) return offset;
      if (!isInside) isClosed = !CONTINUES.test(each) && !opensBlock(each);
    }
    offset += 1 + each.length;
  }
  return undefined;
}
