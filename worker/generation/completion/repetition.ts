import { isBlank, wordCharacters } from './lines.ts';
import type { Place } from './place.ts';

/** A line comes so often in a row before it is a loop; several lines must say so much to be one when they come twice. */
const SAME_LINES = 3;
const LEAST_WORD_CHARACTERS = 10;

/** Inside a line, a loop has a period of so many characters, comes so often (a long one LONG_TIMES), and is so long. */
const LONGEST_PERIOD = 40;
const LONG_PERIOD = 12;
const TIMES = 4;
const LONG_TIMES = 3;
const SHORTEST_LOOP = 32;

/** Prose that says so many words so often goes round in circles, whatever it says in between. */
const SAME_WORDS = 3;
const SAME_WORDS_TIMES = 3;

/**
 * Ends a text that goes round in circles: of lines the first round stays; a line that does so in itself goes as a
 * whole, as what it said before is no better.
 */
export function repetition(text: string, { nesting }: Place, ended: boolean): number | undefined {
  if (ended || text.endsWith('\n')) {
    const keep = linesInCircles(text, ended);
    if (keep !== undefined) return keep;
  }
  const isLoop = isPeriodic(text) || (nesting.comment !== '' && isProseInCircles(text));
  return isLoop ? Math.max(0, text.lastIndexOf('\n')) : undefined;
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

/** Whether the last line ends with the same characters again and again. */
function isPeriodic(text: string): boolean {
  const start = text.lastIndexOf('\n') + 1;
  for (let period = 2; period <= LONGEST_PERIOD; period++) {
    let from = text.length - period;
    while (from > start && text[from - 1] === text[from - 1 + period]) from--;
    const length = text.length - from;
    const times = period < LONG_PERIOD ? TIMES : LONG_TIMES;
    const isLoop = from >= start && length >= times * period && length >= SHORTEST_LOOP;
    if (isLoop && wordCharacters(text.slice(from, from + period)) > 0) return true;
  }
  return false;
}

/** Whether the last words of a text have come before, and before that. */
function isProseInCircles(text: string): boolean {
  if (/[\p{L}\p{N}]$/u.test(text)) return false; // in the middle of one
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const at = (end: number): string => words.slice(end - SAME_WORDS, end).join(' ');
  const last = at(words.length);
  const times = words.filter((_, i) => i + 1 >= SAME_WORDS && at(i + 1) === last).length;
  return times >= SAME_WORDS_TIMES;
}
