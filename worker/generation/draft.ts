/** The longest run of tokens that is looked for, and the shortest that is worth a guess. */
const LONGEST_MATCH = 4;
const SHORTEST_MATCH = 2;

/**
 * Guesses what follows the last token: up to `count` tokens that followed the latest earlier place where the last
 * few tokens stood (prompt lookup decoding). Code repeats itself, and checking a guess costs next to nothing.
 */
export function draft(tokens: readonly number[], count: number): number[] {
  let best = 0;
  let from = 0;
  for (let end = tokens.length - 1; end >= SHORTEST_MATCH && best < LONGEST_MATCH; end--) {
    let length = 0;
    while (
      length < LONGEST_MATCH &&
      length < end &&
      tokens[end - 1 - length] === tokens[tokens.length - 1 - length]
    )
      length++;
    if (length > best) {
      best = length;
      from = end;
    }
  }
  return best < SHORTEST_MATCH ? [] : tokens.slice(from, from + count);
}
