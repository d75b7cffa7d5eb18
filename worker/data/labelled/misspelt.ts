import { editDistance } from '../../base/edit-distance.ts';
import { ClozeError } from '../../base/errors.ts';

/** Names as short as `id` are near to too many others. */
const SHORTEST = 4;

/**
 * Fields that are not known are left alone, but for one that must be a slip for a known field that is not there: what it holds
 * would be passed over in silence. Throws `data`, naming both.
 */
export function refuseMisspelt(names: readonly string[], known: readonly string[], where: string): void {
  const missing = known.filter((name) => name.length >= SHORTEST && !names.includes(name));
  if (missing.length === 0) return;
  for (const name of names) {
    const meant = known.includes(name) ? undefined : missing.find((field) => isSlip(name, field));
    if (meant === undefined) continue;
    throw new ClozeError('data', `${where}: unknown field ${name}; expected ${meant}`, {
      hint: `rename ${name} to ${meant}, or to something that is not so near to it`,
      details: { where, field: name, expected: meant },
    });
  }
}

function isSlip(name: string, field: string): boolean {
  if (lettersOf(name) === lettersOf(field)) return true;
  const most = field.length <= 5 ? 1 : 2;
  return Math.abs(name.length - field.length) <= most && editDistance(name.toLowerCase(), field) <= most;
}

/** Sorted: two that changed places are one slip of the finger, and two edits. */
function lettersOf(name: string): string {
  return Array.from(name.toLowerCase()).sort().join('');
}
