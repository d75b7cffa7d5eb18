import { IdBuffer } from './id-buffer.ts';
import { WordTable } from './word-table.ts';

/** Longer stretches of text are rarely seen twice. UTF-16 units. */
const LONGEST = 64;
const MOST = 1 << 17;

/** The ids of stretches of text that were seen before. Forgets everything when it is full. */
export class IdCache {
  readonly #table = new WordTable();
  /** Ids of stretch i are #ids[#ends[i - 1] .. #ends[i]). */
  readonly #ids = new IdBuffer();
  readonly #ends = new IdBuffer();
  /** Appends the ids of text[start..end). Must not throw: the cache would know the stretch without its ids. */
  readonly #make: (text: string, start: number, end: number, out: IdBuffer) => void;

  constructor(make: (text: string, start: number, end: number, out: IdBuffer) => void) {
    this.#make = make;
  }

  /** Appends the ids of text[start..end), made if they are not known. */
  append(text: string, start: number, end: number, out: IdBuffer): void {
    if (end - start > LONGEST) {
      this.#make(text, start, end, out);
      return;
    }
    if (this.#table.size === MOST) this.#clear();
    const known = this.#table.size;
    const index = this.#table.intern(text, start, end);
    if (index === known) {
      this.#make(text, start, end, this.#ids);
      this.#ends.push(this.#ids.length);
    }
    out.append(this.#ids, index === 0 ? 0 : this.#ends.at(index - 1), this.#ends.at(index));
  }

  #clear(): void {
    this.#table.clear();
    this.#ids.clear();
    this.#ends.clear();
  }
}
