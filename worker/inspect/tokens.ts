/** Texts as the tokens that a model is shown. */
import { type EncoderSpecials, framePair } from '../tokenizers/pairs.ts';
import { startOf } from '../tokenizers/placed-tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { ModelInput } from './input.ts';
import type { InspectedToken } from './result.ts';

export interface ShownTokens extends ModelInput {
  readonly tokens: readonly InspectedToken[];
  /** With those that were cut off. */
  readonly total: number;
}

/** The first `most` tokens of a text, as a decoder reads it. Special tokens written in it are recognised. */
export function decoderTokens(tokenizer: Tokenizer, text: string, most: number): ShownTokens {
  const all = [...beginning(tokenizer), ...placedTokens(tokenizer, text, 0)];
  const tokens = all.slice(0, most);
  const ids = Int32Array.from(tokens, ({ id }) => id);
  return { tokens, total: all.length, ids, segments: new Int32Array(ids.length) };
}

/** The token that the tokenizer puts before every text, where it has one. */
function beginning(tokenizer: Tokenizer): InspectedToken[] {
  const { bosId } = tokenizer;
  return bosId === undefined ? [] : [unwritten(tokenizer, bosId, 0)];
}

/** A token that stands for nothing in the text. */
function unwritten(tokenizer: Tokenizer, id: number, segment: 0 | 1): InspectedToken {
  return { id, text: nameOf(tokenizer, id), start: 0, end: 0, segment, special: true };
}

/** A text or a pair with the special tokens around it, as an encoder was trained on: at most `most` in all. */
export function encoderTokens(
  tokenizer: Tokenizer,
  specials: EncoderSpecials,
  texts: { readonly text: string; readonly second?: string | undefined },
  most: number,
): ShownTokens {
  const { text, second = '' } = texts;
  const first = placedTokens(tokenizer, text, 0);
  const next = second === '' ? undefined : placedTokens(tokenizer, second, 1);
  const idsOf = (tokens: readonly InspectedToken[]): Int32Array => Int32Array.from(tokens, ({ id }) => id);
  const { ids, segments, a, b, cut } = framePair(
    specials,
    idsOf(first),
    next === undefined ? undefined : idsOf(next),
    most,
  );
  const tokens = Array.from(ids, (id, at): InspectedToken => {
    const own = first[at - a.start];
    if (own !== undefined && at >= a.start && at < a.start + a.length) return own;
    if (b !== undefined && at >= b.start && at < b.start + b.length) return next![at - b.start]!;
    const segment = b !== undefined && at > a.start + a.length ? 1 : 0;
    return unwritten(tokenizer, id, segment);
  });
  return { tokens, total: tokens.length + cut, ids, segments };
}

/** How a token is written where its text alone does not say it: a special token, or a piece with its ##. */
export function nameOf(tokenizer: Tokenizer, id: number): string {
  const isSpecial = [...tokenizer.specialTokens.values()].includes(id);
  if (isSpecial || tokenizer.kind === 'wordpiece') return tokenizer.idToToken(id) ?? '';
  return tokenizer.decode([id]);
}

/** The tokens of one text with their places. */
function placedTokens(tokenizer: Tokenizer, text: string, segment: 0 | 1): InspectedToken[] {
  const placed = tokenizer.encodeWithPlaces(text, { allowSpecial: true });
  const special = new Set(tokenizer.specialTokens.values());
  return Array.from(placed.ids, (id, index) => {
    const [start, end] = [startOf(text, placed, index), placed.ends[index]!];
    const isNamed = special.has(id) || tokenizer.kind === 'wordpiece';
    const shown = isNamed ? nameOf(tokenizer, id) : text.slice(start, end);
    return { id, text: shown, start, end, segment, special: special.has(id) };
  });
}
