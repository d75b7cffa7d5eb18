import { ClozeError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { TokenSequence } from '../token-file.ts';
import type { SentenceReader } from './sentences.ts';
import { sentenceReader } from './sentences.ts';
import { documentBounds } from './separated.ts';

/** Two texts, neither empty. */
export interface SentencePair {
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** 0: B follows A; 1: B is from another document. */
  readonly nextSentence: 0 | 1;
}

export interface PairOptions {
  /** Tokens that A and B have together at most. */
  readonly room: number;
  readonly sentenceEnds: ReadonlySet<number>;
  /** Share of the pairs that are shorter than they could be. */
  readonly shortRate: number;
}

/**
 * The pairs of BERT's published `create_pretraining_data.py`, made so that each can be had alone. A pair begins in a
 * block of `room` tokens of a document, at the start of a sentence, and takes whole sentences until it is full; A ends
 * after one of them. Two things differ: a pair of one sentence is parted inside it, where BERT makes every such pair a
 * random one, which would break the half; and what is too long is cut at A's front and B's end, so that the place
 * where they meet stays. Throws `data` below two documents that hold something.
 */
export class SentencePairs {
  /** Blocks, each of which begins one pair. */
  readonly count: number;
  readonly #bounds: Float64Array;
  readonly #options: PairOptions;
  readonly #sentences: SentenceReader;
  /** How many blocks the documents before each have. */
  readonly #blocksBefore: Float64Array;

  constructor(tokens: TokenSequence, options: PairOptions) {
    this.#bounds = documentBounds(tokens);
    this.#options = options;
    this.#sentences = sentenceReader(tokens, this.#bounds, options.sentenceEnds);
    this.#blocksBefore = new Float64Array(this.#bounds.length);
    for (let document = 0; document < this.#documents; document++) {
      this.#blocksBefore[document + 1] = this.#blocksBefore[document]! + this.#blocks(document);
    }
    this.count = this.#blocksBefore.at(-1)!;
    if (this.#documents < 2 || this.count === 0) throw tooFew(Math.max(0, this.#documents), this.count);
  }

  /** The pair that begins in a block; `shifted` moves the block inside its document by a draw. */
  pair(block: number, random: Random, shifted: boolean): SentencePair {
    const { room, shortRate } = this.#options;
    const short = random.uniform() < shortRate;
    const shorter = 2 + random.integer(room - 1);
    const target = short ? shorter : room;
    const document = this.#documentOf(block);
    const start = this.#sentences.start(document, this.#place(document, block, random, shifted), room);
    const { ids, ends } = this.#sentences.read(document, start, target);
    const cut = ends.length > 1 ? ends[random.integer(ends.length - 1)]! : 1 + random.integer(ids.length - 1);
    const a = ids.subarray(0, cut);
    if (random.uniform() < 0.5) return truncated(a, ids.subarray(cut), 0, room);
    return truncated(a, this.#elsewhere(document, Math.max(1, target - cut), random), 1, room);
  }

  get #documents(): number {
    return this.#bounds.length - 1;
  }

  #length(document: number): number {
    return this.#bounds[document + 1]! - this.#bounds[document]!;
  }

  /** One token cannot be parted into two texts. */
  #blocks(document: number): number {
    const length = this.#length(document);
    return length < 2 ? 0 : Math.max(1, Math.floor(length / this.#options.room));
  }

  #documentOf(block: number): number {
    let low = 0;
    for (let high = this.#documents - 1; low < high;) {
      const middle = Math.floor((low + high) / 2);
      if (this.#blocksBefore[middle + 1]! > block) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #place(document: number, block: number, random: Random, shifted: boolean): number {
    const { room } = this.#options;
    const spare = Math.max(0, this.#length(document) - this.#blocks(document) * room);
    const shift = random.integer(spare + 1);
    return (block - this.#blocksBefore[document]!) * room + (shifted ? shift : 0);
  }

  /** Sentences of another document, from any of its sentences on. */
  #elsewhere(document: number, target: number, random: Random): Int32Array {
    const drawn = random.integer(this.#documents - 1);
    const other = drawn < document ? drawn : drawn + 1;
    const { room } = this.#options;
    const start = this.#sentences.start(other, random.integer(this.#length(other)), room);
    return this.#sentences.read(other, start, target).ids;
  }
}

/** The longer of the two loses tokens until they fit. */
function truncated(a: Int32Array, b: Int32Array, nextSentence: 0 | 1, room: number): SentencePair {
  const half = Math.floor(room / 2);
  const ofA = Math.min(a.length, Math.max(room - b.length, room - half));
  const ofB = Math.min(b.length, Math.max(room - a.length, half));
  return { a: a.subarray(a.length - ofA), b: b.subarray(0, ofB), nextSentence };
}

function tooFew(documents: number, pairs: number): ClozeError {
  return new ClozeError(
    'data',
    `next sentence prediction needs at least 2 documents of 2 tokens, got ${documents}`,
    {
      hint: 'take more files, or train without next sentence prediction',
      details: { documents, pairs },
    },
  );
}
