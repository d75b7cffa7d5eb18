/** Where tokens stand in a text that their tokenizer has changed before it cut it: found by what they spell. */

/**
 * The UTF-16 offset in `text` after each token. Case, accents, compatibility forms and white space do not count in the
 * comparison. What no token spells belongs to a token that spells nothing of the text, such as an unknown one, or else to the
 * next: no place is exact that the text does not bear out.
 */
export function alignTokens(text: string, tokens: readonly string[]): number[] {
  const { folded, ends } = foldedText(text);
  const placed: number[] = [];
  let at = 0;
  let waiting = 0; // tokens before this one that were not found
  const endAt = (position: number): number => (position === 0 ? 0 : ends[position - 1]!);
  for (const token of tokens) {
    const piece = fold(token);
    const found = piece === '' ? at : folded.startsWith(piece, at) ? at : findSoon(folded, piece, at);
    if (found < 0 || (piece === '' && token.trim() !== '')) {
      waiting++;
      continue;
    }
    for (; waiting > 0; waiting--) placed.push(endAt(waiting === 1 ? found : at));
    at = found + piece.length;
    placed.push(endAt(at));
  }
  for (; waiting > 0; waiting--) placed.push(endAt(waiting === 1 ? folded.length : at));
  return placed;
}

/** How far to look for the next token behind one that is not in the text, in UTF-16 units. */
const REACH = 64;

function findSoon(folded: string, piece: string, at: number): number {
  const found = folded.slice(at, at + REACH + piece.length).indexOf(piece);
  return found < 0 ? -1 : at + found;
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{White_Space}]/gu, '')
    .toLowerCase();
}

/** The text as it is compared, and for each UTF-16 unit of that where the character ends that it comes from. */
function foldedText(text: string): { folded: string; ends: number[] } {
  const ends: number[] = [];
  let folded = '';
  let end = 0;
  for (const character of text) {
    end += character.length;
    const made = fold(character);
    folded += made;
    ends.push(...new Array<number>(made.length).fill(end));
  }
  return { folded, ends };
}
