/** A word in the case of another one, whose place it takes: many encoders know lower case alone. */
export function inCaseOf(original: string, word: string): string {
  const isLower = word === word.toLowerCase();
  const [first = ''] = original;
  if (!isLower || first === first.toLowerCase()) return word;
  const isShout = original.length > 1 && original === original.toUpperCase();
  return isShout ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
}
