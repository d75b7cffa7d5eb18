/** Lines of a text, as far as a paragraph needs them. */
export interface Lines {
  readonly count: number;
  isBlank(line: number): boolean;
}

/** The paragraph that a line is in, from the first to the last of its lines; undefined on a blank line. */
export function paragraphAt(lines: Lines, line: number): { first: number; last: number } | undefined {
  if (lines.isBlank(line)) return undefined;
  let [first, last] = [line, line];
  while (first > 0 && !lines.isBlank(first - 1)) first--;
  while (last < lines.count - 1 && !lines.isBlank(last + 1)) last++;
  return { first, last };
}
