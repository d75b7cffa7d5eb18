/** What is seen, in words: for those who hear the page, and above the pictures for all. */
import type { InspectedToken } from '../../worker/protocol/inspect.ts';
import { formatCount } from '../common/format.ts';
import type { AttentionContent, Cell, MaskedToken } from '../protocol/attention.ts';
import { headsName } from './heads-choice.ts';
import { spokenName } from './names.ts';

type Facts = AttentionContent['attention'];

/** 0.1234 as 12.3 %. */
export function percent(weight: number): string {
  return `${(100 * weight).toFixed(1)} %`;
}

/** Which model and how much of it is seen. */
export function modelText({ name, step, base, difference, layers, heads, tokens, causal }: Facts): string {
  const at = step === undefined ? '' : ` at step ${formatCount(step)}`;
  const sight = causal ? 'Each token sees those before it.' : 'Each token sees all others.';
  const which = difference === true ? `${base ?? 'base'} minus ${name}` : name;
  return `${which}${at}: ${plural(layers, 'layer')} of ${plural(heads, 'head')}, ${plural(tokens.length, 'token')}. ${sight}`;
}

/** Which heads are shown, and how wide they look: the mean entropy. */
export function headsText(chosen: readonly number[], { layers, heads, entropies }: Facts): string {
  const mean = chosen.reduce((sum, head) => sum + (entropies[head] ?? 0), 0) / chosen.length;
  const name = headsName(chosen, { layers, heads });
  const entropy = `${chosen.length > 1 ? 'mean ' : ''}entropy ${mean.toFixed(2)} bits`;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${entropy}.`;
}

/** What a cell says. */
export function cellText(
  { row, column }: Cell,
  tokens: readonly InspectedToken[],
  weight: number,
  { causal, difference = false }: Pick<Facts, 'causal' | 'difference'>,
): string {
  const [from, to] = [tokens[row], tokens[column]];
  if (from === undefined || to === undefined) return '';
  const names = `${spokenName(from)} (${row + 1}) to ${spokenName(to)} (${column + 1})`;
  if (causal && column > row) return `${names}: may not look ahead`;
  return `${names}: ${difference ? differenceText(weight) : percent(weight)}`;
}

/** A weight of the base minus that of its adapter. */
function differenceText(weight: number): string {
  return `${percent(Math.abs(weight))} more with the ${weight < 0 ? 'adapter' : 'base'}`;
}

/** What an encoder says of a masked token. */
export function maskText({ position, seen, masked }: MaskedToken, tokens: readonly InspectedToken[]): string {
  const [best] = masked;
  const [before] = seen;
  if (best === undefined || before === undefined) return '';
  const at = `Token ${position + 1} of ${tokens.length} is masked`;
  return `${at}: ${best.text} with ${percent(best.probability)}; with the token in its place ${before.text} with ${percent(before.probability)}.`;
}

function plural(count: number, name: string): string {
  return `${formatCount(count)} ${name}${count === 1 ? '' : 's'}`;
}
