/** Tokens as the page writes and says them. */
import type { InspectedToken } from '../../worker/protocol/inspect.ts';
import { glyphsOf, spoken } from '../common/glyphs.ts';

const LONGEST = 14;

/** With marks for white space; a long one is cut. */
export function shownName({ text }: InspectedToken): string {
  const shown = glyphsOf(text)
    .map((run) => run.text)
    .join('');
  const characters = Array.from(shown);
  if (characters.length === 0) return '∅';
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : shown;
}

/** As a screen reader should say it. */
export function spokenName({ text }: InspectedToken): string {
  return text === '' ? 'nothing' : spoken(text);
}
