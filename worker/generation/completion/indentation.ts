/** White space at the beginning of lines: measured, and made to fit its file. */
import { isBlank, leadOf, leadOfWidth, opensBlock, widthOf } from './lines.ts';
import type { Place } from './place.ts';

/** Spaces of a level, where nothing says how many. */
const DEFAULT_LEVEL = 4;

/**
 * A completion whose first line begins where the cursor is and whose further lines are indented as the file is: no
 * second space after one, no indentation twice, tabs where the file has tabs.
 */
export function fitIndentation(text: string, place: Place): string {
  return fitUnit(isBlank(place.line) ? fitStart(text, place) : fitBehind(text, place), place);
}

/** Behind code: no further space after one. */
function fitBehind(text: string, { line }: Place): string {
  return /\s$/.test(line) ? text.replace(/^[ \t]+/, '') : text;
}

/** On a blank line: begins there, and goes no deeper than the lines above ask for. */
function fitStart(text: string, place: Place): string {
  const { line, unit } = place;
  const here = widthOf(line, unit);
  const inner = text.replace(/^([ \t]*\n)+/, '');
  const lead = leadOf(inner);
  const given = widthOf(lead, unit) + (inner === text ? here : 0); // a line of its own begins at column 0
  const wanted = Math.min(given, Math.max(here, expectedIndent(place)));
  const start = leadOfWidth(Math.max(0, wanted - here), unit);
  const [first = '', ...further] = inner.slice(lead.length).split('\n');
  const surplus = given - wanted;
  const shifted = surplus > 0 && further.length > 0 && isAllDeeper(further, given, unit);
  return [start + first, ...(shifted ? further.map((each) => shiftLeft(each, surplus, unit)) : further)].join(
    '\n',
  );
}

/** Columns that a line below those above begins with. */
function expectedIndent({ above, unit }: Place): number {
  const last = above.at(-1);
  if (last === undefined) return 0;
  const deeper = opensBlock(last) || /[,=+\-*/&|?.\\]\s*$/.test(last);
  return widthOf(leadOf(last), unit) + (deeper ? widthOf(unit ?? '\t', unit) : 0);
}

function isAllDeeper(lines: readonly string[], width: number, unit: string | undefined): boolean {
  return lines.every((line) => isBlank(line) || widthOf(leadOf(line), unit) >= width);
}

function shiftLeft(line: string, columns: number, unit: string | undefined): string {
  const lead = leadOf(line);
  return leadOfWidth(Math.max(0, widthOf(lead, unit) - columns), unit) + line.slice(lead.length);
}

/** Indents the lines after the first with the file's unit. */
function fitUnit(text: string, place: Place): string {
  const [first = '', ...further] = text.split('\n');
  const leads = further.filter((line) => !isBlank(line)).map(leadOf);
  if (place.unit === undefined || leads.length === 0) return text;
  const fit =
    place.unit === '\t' ? toTabs(leads) : toSpaces(leads, leadOf(place.line).length, place.unit.length);
  return [first, ...further.map((line) => fit(leadOf(line)) + line.slice(leadOf(line).length))].join('\n');
}

/** Spaces become tabs, a level each; a level is what divides all of them. */
function toTabs(leads: readonly string[]): (lead: string) => string {
  const divisor = leads
    .filter((lead) => /^ +$/.test(lead))
    .reduce((gcd, { length }) => commonDivisor(gcd, length), 0);
  const level = divisor >= 2 && divisor <= 8 ? divisor : DEFAULT_LEVEL;
  return (lead) => {
    if (!/^ +$/.test(lead)) return lead;
    return '\t'.repeat(Math.floor(lead.length / level)) + ' '.repeat(lead.length % level);
  };
}

/** Tabs become spaces; levels of fewer spaces than the file's, measured from the cursor's line, become the file's. */
function toSpaces(leads: readonly string[], base: number, unit: number): (lead: string) => string {
  const plain = (lead: string): number => lead.replaceAll('\t', ' '.repeat(unit)).length;
  const level = leads.reduce((gcd, lead) => commonDivisor(gcd, Math.abs(plain(lead) - base)), 0);
  const scale = level >= 2 && level < unit && unit % level === 0 ? unit / level : 1;
  return (lead) => ' '.repeat(Math.max(0, base + (plain(lead) - base) * scale));
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
