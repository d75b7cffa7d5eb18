import { ClozeError } from '../base/errors.ts';
import { BERT_SPECIAL, ROBERTA_SPECIAL, type Tokenizer } from './tokenizer.ts';

/** Ids of the special tokens that an encoder needs, by role, and whose way of framing texts they stand for. */
export interface EncoderSpecials {
  readonly frame: 'bert' | 'roberta';
  readonly cls: number;
  readonly sep: number;
  readonly pad: number;
  readonly mask: number;
  readonly unk: number;
}

/** Throws `tokenizer`, naming the token that the vocabulary lacks. */
export function encoderSpecials(tokenizer: Pick<Tokenizer, 'tokenToId'>): EncoderSpecials {
  const known = (names: Readonly<Record<string, string>>): number =>
    Object.values(names).filter((name) => tokenizer.tokenToId(name) !== undefined).length;
  const frame = known(ROBERTA_SPECIAL) > known(BERT_SPECIAL) ? 'roberta' : 'bert';
  const names = frame === 'roberta' ? ROBERTA_SPECIAL : BERT_SPECIAL;
  const idOf = (name: string): number => {
    const id = tokenizer.tokenToId(name);
    if (id !== undefined) return id;
    throw new ClozeError('tokenizer', `a vocabulary without ${name}`, {
      hint: `an encoder needs ${Object.values(names).join(', ')}: use the tokenizer of a BERT or RoBERTa, or train one for it, such as wordpiece:8192`,
      details: { missing: name },
    });
  };
  return {
    frame,
    cls: idOf(names.cls),
    sep: idOf(names.sep),
    pad: idOf(names.pad),
    mask: idOf(names.mask),
    unk: idOf(names.unk),
  };
}

/** A text's tokens within a framed pair: ids[start .. start + length). */
export interface FramedPart {
  readonly start: number;
  readonly length: number;
}

export interface FramedPair {
  readonly ids: Int32Array;
  /** Token types: of BERT 0 up to the first [SEP] and 1 from B on, of RoBERTa always 0. */
  readonly segments: Int32Array;
  /** What is left of A and of B. Every other position is a special token. */
  readonly a: FramedPart;
  readonly b: FramedPart | undefined;
  /** Tokens of A and B together that had no room. */
  readonly cut: number;
}

/** Special tokens of a framed text, or of a pair: BERT's [CLS] A [SEP] B [SEP], RoBERTa's <s> A </s></s> B </s>. */
export function specialCount({ frame }: Pick<EncoderSpecials, 'frame'>, isPair: boolean): number {
  if (!isPair) return 2;
  return frame === 'roberta' ? 4 : 3;
}

/**
 * Frames one text or two for an encoder, in at most `maxLength` tokens: the longer text loses tokens at its end until both
 * fit, B where they are as long (`_truncate_seq_pair` of BERT's run_classifier.py). Throws `usage` if there is no room for
 * special tokens.
 */
export function framePair(
  special: Pick<EncoderSpecials, 'frame' | 'cls' | 'sep'>,
  a: Int32Array,
  b: Int32Array | undefined,
  maxLength: number,
): FramedPair {
  const room = maxLength - specialCount(special, b !== undefined);
  if (room < 0) {
    throw new ClozeError(
      'usage',
      `the special tokens alone take ${maxLength - room} tokens, more than the ${maxLength} there are`,
      { hint: 'take a longer sequence' },
    );
  }
  const [lengthA, lengthB] = shares(a.length, b?.length ?? 0, room);
  const { cls, sep } = special;
  const between = special.frame === 'roberta' ? [sep, sep] : [sep];
  const keptA = a.subarray(0, lengthA);
  const cut = a.length + (b?.length ?? 0) - lengthA - lengthB;
  const partA = { start: 1, length: lengthA };
  if (b === undefined) {
    const ids = Int32Array.of(cls, ...keptA, sep);
    return { ids, segments: new Int32Array(ids.length), a: partA, b: undefined, cut };
  }
  const ids = Int32Array.of(cls, ...keptA, ...between, ...b.subarray(0, lengthB), sep);
  const startB = 1 + lengthA + between.length;
  const segments = new Int32Array(ids.length);
  if (special.frame === 'bert') segments.fill(1, startB);
  return { ids, segments, a: partA, b: { start: startB, length: lengthB }, cut };
}

/** How many tokens of two texts are kept where there is room for so many in all. */
function shares(a: number, b: number, room: number): [a: number, b: number] {
  if (a + b <= room) return [a, b];
  const half = Math.ceil(room / 2);
  const keptA = Math.min(a, Math.max(half, room - b));
  return [keptA, room - keptA];
}
