import { isBlank, wordCharacters } from './lines.ts';
import type { Place } from './place.ts';

/** A line comes so often in a row before it is a loop; several lines must say so much to be one when they come twice. */
const SAME_LINES = 3;
const LEAST_WORD_CHARACTERS = 10;

/** Inside a line, a loop has periods of so many characters, comes so often, and is so long. */
const LONGEST_PERIOD = 30;
const SAME_PERIODS = 4;
const SHORTEST_LOOP = 32;

/** Ends a text that goes round in circles after the first round. */
export function repetition(text: string, _place: Place, ended: boolean): number | undefined {
  return linesInCircles(text, ended) ?? lineInCircles(text);
}

function linesInCircles(text: string, ended: boolean): number | undefined {
  const lines: { text: string; end: number }[] = [];
  let end = -1;
  for (const each of text.split('\n')) {
    end += 1 + each.length;
    lines.push({ text: each.trim(), end });
  }
  const whole = lines.slice(0, ended ? undefined : -1).filter((line) => !isBlank(line.text));
  for (let length = 1; 2 * length <= whole.length; length++) {
    const times = length === 1 ? SAME_LINES : 2;
    const tail = whole.slice(-times * length);
    const round = tail.slice(0, length);
    const says = wordCharacters(round.map((line) => line.text).join(''));
    const isLoop =
      tail.length === times * length && tail.every((line, i) => line.text === round[i % length]!.text);
    if (isLoop && says >= (length === 1 ? 1 : LEAST_WORD_CHARACTERS)) return round.at(-1)!.end;
  }
  return undefined;
}

/** A period at the end of the last line, from where it begins. */
function lineInCircles(text: string): number | undefined {
  const start = text.lastIndexOf('\n') + 1;
  for (let period = 2; period <= LONGEST_PERIOD; period++) {
    let from = text.length - period;
    while (from > start && text[from - 1] === text[from - 1 + period]) from--;
    const length = text.length - from;
    if (from < start || length < SAME_PERIODS * period || length < SHORTEST_LOOP) continue;
    if (wordCharacters(text.slice(from, from + period)) > 0) return from + period;
  }
  return undefined;
}
