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

/**
 * Whether an id goes on the word before it. Of a WordPiece the pieces that begin with `prefix`; of other tokenizers, whose
 * tokens bring their blanks, those that begin with a letter or a digit.
 */
export function goesOnWord(
  tokenizer: Pick<Tokenizer, 'kind' | 'idToToken' | 'tokenBytes'>,
  id: number,
  prefix = '##',
): boolean {
  const token = tokenizer.idToToken(id);
  if (token === undefined) return false;
  return tokenizer.kind === 'wordpiece' ? token.startsWith(prefix) : isWordByte(tokenizer.tokenBytes(id)[0]);
}

/** {@link goesOnWord} of each id, looked up. */
export function continuesWord(
  tokenizer: Pick<Tokenizer, 'kind' | 'vocabSize' | 'idToToken' | 'tokenBytes'>,
  prefix = '##',
): (id: number) => boolean {
  const goesOn = (id: number): boolean => goesOnWord(tokenizer, id, prefix);
  const continues = Uint8Array.from({ length: tokenizer.vocabSize }, (_, id) => Number(goesOn(id)));
  return (id) => continues[id] === 1;
}

/** Letters and digits in ASCII, and the first bytes of all characters beyond. */
function isWordByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 0x80 || /[0-9A-Za-z]/.test(String.fromCharCode(byte)));
}
