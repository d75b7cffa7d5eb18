/** Texts as a model reads them: documents, which begin after a token that says so. */
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** Ids of a text, behind the token that its tokenizer puts before every text, where it has one. */
export function textIds(tokenizer: Tokenizer, text: string): number[] {
  const { bosId } = tokenizer;
  return [...(bosId === undefined ? [] : [bosId]), ...tokenizer.encode(text)];
}

/** The token after which a document begins: that, or the end of the one before; undefined where there is neither. */
export function documentStart({ bosId, eosId }: Tokenizer): number | undefined {
  return bosId ?? eosId;
}

/** The last `count` ids, one or more; the token that goes before every text stays in front. */
export function lastIds(ids: readonly number[], count: number, { bosId }: Tokenizer): number[] {
  const dropped = Math.max(0, ids.length - count);
  if (dropped === 0 || ids[0] !== bosId) return ids.slice(dropped);
  return [bosId!, ...ids.slice(dropped + 1)];
}
