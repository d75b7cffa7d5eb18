/** Brackets and quotes that editors close by themselves. */

const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
]);

const QUOTES = '"\'`';

/** What closes everything that `text` opens and leaves open: the innermost first. */
export function missingClosers(text: string): string {
  return closed(text, '').open;
}

/** Where in `text` the last of `owed`, which stood open before it, is closed: the index of its closer, or -1. */
export function closingIndex(text: string, owed: string): number {
  return closed(text, owed).at;
}

/**
 * Reads text while `open` closers are owed, the innermost first. `at` is where the last of those is paid, or -1; the
 * reading ends there. Brackets inside quotes do not count.
 */
function closed(text: string, owed: string): { open: string; at: number } {
  let open = owed;
  let inner = 0; // closers at the head of `open` that the text itself owes
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const innermost = open[0] ?? '';
    const quoted = innermost !== '' && QUOTES.includes(innermost);
    if (quoted && character === '\\') {
      at++;
    } else if (character === innermost) {
      open = open.slice(1);
      if (inner > 0) inner--;
      else if (open === '') return { open, at };
    } else if (!quoted && CLOSERS.has(character)) {
      open = CLOSERS.get(character)! + open;
      inner++;
    }
  }
  return { open, at: -1 };
}
