import { BERT_CLASS, bertClassAt, isNonspacingMark } from './bert-characters.ts';
import { unitLength } from './utf8.ts';

/** As in a tokenizer.json's BertNormalizer. */
export interface BertNormalizerOptions {
  /** Drops control characters and makes every white space a space. */
  readonly cleanText: boolean;
  /** Sets a space on both sides of a CJK ideograph. */
  readonly handleChineseChars: boolean;
  /** Null: as `lowercase` says. */
  readonly stripAccents: boolean | null;
  readonly lowercase: boolean;
}

export const UNCASED: BertNormalizerOptions = {
  cleanText: true,
  handleChineseChars: true,
  stripAccents: null,
  lowercase: true,
};

/** A stretch of a text as the normalizer leaves it. */
export interface NormalizedText {
  readonly text: string;
  /** For each UTF-16 unit of it: where the character that it comes from ends in the original (UTF-16 offset). */
  readonly ends: readonly number[];
}

/**
 * BERT's normalizer (Devlin et al. 2018; BasicTokenizer in tokenization.py), a stretch of text at a time. Nothing it does
 * reaches over white space or an ideograph, so that the stretches between them can be normalized one by one.
 */
export class BertNormalizer {
  readonly options: BertNormalizerOptions;
  readonly #stripAccents: boolean;
  /** Of the characters seen so far; there are not many in a text. */
  readonly #widths = new Map<string, number>();

  constructor(options: BertNormalizerOptions) {
    this.options = options;
    this.#stripAccents = options.stripAccents ?? options.lowercase;
  }

  /** Whether the character at `index` is left out. */
  drops(text: string, index: number): boolean {
    return this.options.cleanText && bertClassAt(text, index) >= BERT_CLASS.control;
  }

  /** Whether the character at `index` parts words and is in none. */
  isSpace(text: string, index: number): boolean {
    const found = bertClassAt(text, index);
    if (found === BERT_CLASS.space) return true;
    return found === BERT_CLASS.controlSpace && !this.options.cleanText;
  }

  /** Whether the character at `index` is a word of its own wherever it stands. */
  standsAlone(text: string, index: number): boolean {
    return this.options.handleChineseChars && bertClassAt(text, index) === BERT_CLASS.ideograph;
  }

  /** Normalizes text[start..end), a stretch without white space. Accents that go belong to the character before them. */
  normalize(text: string, start: number, end: number): NormalizedText {
    let kept = '';
    let keptTo = start; // what comes before is in `kept`, or dropped
    const ends: number[] = [];
    let last = 0; // where the units of the character kept last begin
    for (let i = start; i < end;) {
      const after = i + unitLength(text, i);
      if (this.drops(text, i)) {
        kept += text.slice(keptTo, i);
        keptTo = after;
        ends.fill(after, last);
      } else {
        last = ends.length;
        for (let units = this.#spelledWidth(text.slice(i, after)); units > 0; units--) ends.push(after);
      }
      i = after;
    }
    const spelled = this.#spell(kept + text.slice(keptTo, end));
    return this.#stripAccents ? withoutMarks(spelled, ends) : { text: spelled, ends };
  }

  /**
   * Units of a character as it is spelled. By Unicode's rules lower-casing and decomposition make as many of it in any
   * surroundings: only which form a final sigma takes and how marks are ordered depends on the neighbours.
   */
  #spelledWidth(character: string): number {
    let width = this.#widths.get(character);
    if (width === undefined) {
      width = this.#spell(character).length;
      this.#widths.set(character, width);
    }
    return width;
  }

  #spell(text: string): string {
    const cased = this.options.lowercase ? text.toLowerCase() : text;
    return this.#stripAccents ? cased.normalize('NFD') : cased;
  }
}

/** Drops nonspacing marks. The character before them ends where they do. */
function withoutMarks(text: string, ends: readonly number[]): NormalizedText {
  let kept = '';
  const keptEnds: number[] = [];
  let last = 0; // where the character kept last begins
  for (let i = 0; i < text.length;) {
    const width = unitLength(text, i);
    if (!isNonspacingMark(text, i)) {
      last = kept.length;
      kept += text.slice(i, i + width);
      for (let unit = 0; unit < width; unit++) keptEnds.push(ends[i]!);
    } else {
      for (let unit = last; unit < keptEnds.length; unit++)
        keptEnds[unit] = Math.max(keptEnds[unit]!, ends[i]!);
    }
    i += width;
  }
  return { text: kept, ends: keptEnds };
}
