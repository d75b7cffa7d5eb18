/** How text is shown that has no shape of its own: white space, control characters, what changes its neighbours. */

/** A run of characters as they are, or the mark of one that would not be seen. */
export interface Glyphs {
  readonly text: string;
  readonly mark: boolean;
}

const MARKS: ReadonlyMap<string, string> = new Map([
  [' ', '·'],
  ['\t', '→'],
  ['\n', '↵'],
  ['\r', '␍'],
  ['\u00a0', '⍽'],
]);

/** White space, controls, formats (bidirectional ones would reorder the page), surrogates, what is not assigned. */
const UNSEEN = /[\p{Z}\p{C}]/u;
const COMBINING = /\p{M}/u;

/** What stands for one character. */
export function glyphOf(character: string): Glyphs {
  const mark = MARKS.get(character);
  if (mark !== undefined) return { text: mark, mark: true };
  if (UNSEEN.test(character)) return { text: codePointName(character), mark: true };
  return { text: COMBINING.test(character) ? `◌${character}` : character, mark: false };
}

/** A text as it is shown, neighbours of a kind together. */
export function glyphsOf(text: string): Glyphs[] {
  const runs: Glyphs[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') runs.push({ text: plain, mark: false });
    plain = '';
  };
  for (const character of text) {
    const glyph = glyphOf(character);
    // a combining character has a letter to stand on, unless a token begins with it
    if (!glyph.mark) plain += plain === '' ? glyph.text : character;
    else {
      flush();
      const last = runs.at(-1);
      if (last?.mark === true && last.text.startsWith(glyph.text)) {
        runs[runs.length - 1] = { text: last.text + glyph.text, mark: true };
      } else runs.push(glyph);
    }
  }
  flush();
  return runs;
}

/** As a screen reader should say it: marks in words. */
export function spoken(text: string): string {
  const runs = text.match(/ +|\t+|\n+|\r+|[^ \t\n\r]+/gu) ?? [];
  return runs.map((run) => spokenRun(run)).join(' ');
}

const NAMES: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  [' ', ['space', 'spaces']],
  ['\t', ['tab', 'tabs']],
  ['\n', ['new line', 'new lines']],
  ['\r', ['carriage return', 'carriage returns']],
]);

function spokenRun(run: string): string {
  const name = NAMES.get(run[0]!);
  if (name === undefined) return run;
  return run.length === 1 ? name[0] : `${run.length} ${name[1]}`;
}

/** Bytes as F0 9F. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that bytes spell, or undefined where they are not whole characters. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function codePointName(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
