/** Lines of code, and the white space that they begin with. */

const DEFAULT_TAB = 4;

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Whether a block begins behind the line. */
export function opensBlock(line: string): boolean {
  return /([{([:]|=>)\s*$/.test(line);
}

/** The white space that a line begins with. */
export function leadOf(line: string): string {
  return /^[ \t]*/.exec(line)![0];
}

/** Columns that white space takes, where one level of indentation is `unit`. */
export function widthOf(lead: string, unit: string | undefined): number {
  const tab = unit === undefined || unit === '\t' ? DEFAULT_TAB : unit.length;
  return Array.from(lead).reduce((width, char) => width + (char === '\t' ? tab : 1), 0);
}

/** White space of so many columns: as many tabs as fit where the unit is one, then spaces. */
export function leadOfWidth(columns: number, unit: string | undefined): string {
  if (unit !== '\t') return ' '.repeat(columns);
  return '\t'.repeat(Math.floor(columns / DEFAULT_TAB)) + ' '.repeat(columns % DEFAULT_TAB);
}

/** Deeper lines than this say nothing about the unit by themselves. */
const LARGEST_UNIT = 4;

/** The unit of indentation that lines have: '\t', or the fewest spaces (2 or more) that one of them begins with. */
export function indentUnit(lines: readonly string[]): string | undefined {
  const leads = lines.filter((line) => !isBlank(line)).map(leadOf);
  if (leads.some((lead) => lead.startsWith('\t'))) return '\t';
  const least = Math.min(...leads.map(({ length }) => length).filter((width) => width > 1));
  return least <= LARGEST_UNIT ? ' '.repeat(least) : undefined;
}

/** How much a line says: its letters, digits and underscores. */
export function wordCharacters(line: string): number {
  return line.replaceAll(/[^\p{L}\p{N}_]/gu, '').length;
}

/** Whether no word goes on across an offset of a text. */
export function isBoundary(text: string, offset: number): boolean {
  return !(/[\p{L}\p{N}_]$/u.test(text.slice(0, offset)) && /^[\p{L}\p{N}_]/u.test(text.slice(offset)));
}
