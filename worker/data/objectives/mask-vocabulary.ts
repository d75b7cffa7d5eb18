import { ClozeError } from '../../base/errors.ts';
import type { EncoderSpecials } from '../../tokenizers/pairs.ts';
import { encoderSpecials } from '../../tokenizers/pairs.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';

/** What masked language modelling must know of a vocabulary. */
export interface MaskVocabulary extends EncoderSpecials {
  /** Ids that are never masked: all special tokens. */
  readonly special: ReadonlySet<number>;
  /** Ids that may stand in for a masked token: all others. */
  readonly ordinary: Int32Array;
}

/** Throws `tokenizer` if the vocabulary lacks a special token that an encoder needs, or has no other tokens. */
export function maskVocabulary(
  tokenizer: Pick<Tokenizer, 'specialTokens' | 'vocabSize' | 'idToToken' | 'tokenToId'>,
): MaskVocabulary {
  const specials = encoderSpecials(tokenizer);
  const { cls, sep, pad, mask, unk } = specials;
  const special = new Set([...tokenizer.specialTokens.values(), cls, sep, pad, mask, unk]);
  const ordinary: number[] = [];
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    if (!special.has(id) && tokenizer.idToToken(id) !== undefined) ordinary.push(id);
  }
  if (ordinary.length === 0) throw new ClozeError('tokenizer', 'the vocabulary has only special tokens');
  return { ...specials, special, ordinary: Int32Array.from(ordinary) };
}

/** Whether an id goes on the word before it: a WordPiece that begins with `prefix`. */
export function wordPieceContinues(
  tokenizer: Pick<Tokenizer, 'vocabSize' | 'idToToken'>,
  prefix = '##',
): (id: number) => boolean {
  const continues = Uint8Array.from({ length: tokenizer.vocabSize }, (_, id) =>
    tokenizer.idToToken(id)?.startsWith(prefix) === true ? 1 : 0,
  );
  return (id) => continues[id] === 1;
}
