import { IdBuffer } from './id-buffer.ts';

/**
 * Gives each distinct word a dense index, in order of first sight. Words are looked up by their place in a text and
 * kept as UTF-16 units of its own, because a string cut out of a document would keep the whole document in memory.
 */
export class WordTable {
  #units = new Uint16Array(1 << 12);
  #ends = new IdBuffer();
  #hashes = new IdBuffer();
  /** Open addressing with linear probing: index + 1, or 0 for a free slot. At most half full. */
  #slots = new Int32Array(1 << 10);

  get size(): number {
    return this.#ends.length;
  }

  /** The index of text[start..end); equal to the former `size` if the word is new. */
  intern(text: string, start: number, end: number): number {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15; // the low bits alone choose the slot
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot]! - 1;
      if (index < 0) return this.#add(text, start, end, hash, slot);
      if (this.#hashes.at(index) === hash && this.#equals(index, text, start, end)) return index;
    }
  }

  /** All words one after another, and where each ends (UTF-16 units). */
  contents(): { text: string; ends: Int32Array } {
    const ends = this.#ends.toArray();
    const length = this.#start(ends.length);
    return { text: Buffer.from(this.#units.buffer, 0, length * 2).toString('utf16le'), ends };
  }

  clear(): void {
    this.#ends.clear();
    this.#hashes.clear();
    this.#slots.fill(0);
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends.at(index - 1);
  }

  #equals(index: number, text: string, start: number, end: number): boolean {
    const from = this.#start(index);
    if (this.#ends.at(index) - from !== end - start) return false;
    for (let i = start; i < end; i++) {
      if (this.#units[from + i - start] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  #add(text: string, start: number, end: number, hash: number, slot: number): number {
    const index = this.size;
    const from = this.#start(index);
    const to = from + end - start;
    if (to > this.#units.length) {
      const grown = new Uint16Array(Math.max(to, this.#units.length * 2));
      grown.set(this.#units);
      this.#units = grown;
    }
    for (let i = start; i < end; i++) this.#units[from + i - start] = text.charCodeAt(i);
    this.#ends.push(to);
    this.#hashes.push(hash);
    this.#slots[slot] = index + 1;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return index;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.size; index++) {
      let slot = this.#hashes.at(index) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}
