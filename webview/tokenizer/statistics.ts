import type { TokenizedText } from '../../worker/protocol/tokenizer.ts';

/** What is said of a tokenized text as a whole. */
export interface Statistics {
  readonly tokens: number;
  readonly distinct: number;
  readonly charactersPerToken: number;
  readonly bytesPerToken: number;
  readonly tokensPerLine: number;
}

export function statisticsOf(text: string, { ids, distinct, characters, bytes }: TokenizedText): Statistics {
  const tokens = ids.length;
  return {
    tokens,
    distinct,
    charactersPerToken: ratio(characters, tokens),
    bytesPerToken: ratio(bytes, tokens),
    tokensPerLine: ratio(tokens, countLines(text)),
  };
}

/** A last line without text does not count. */
export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return text === '' || text.endsWith('\n') ? count : count + 1;
}

function ratio(amount: number, count: number): number {
  return count === 0 ? 0 : amount / count;
}
