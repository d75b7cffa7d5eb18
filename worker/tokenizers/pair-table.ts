import { IdBuffer } from './id-buffer.ts';

/** Gives each distinct pair of ids (left, right) a dense index, in order of first sight. */
export class PairTable {
  readonly #left = new IdBuffer();
  readonly #right = new IdBuffer();
  /** Open addressing with linear probing: index + 1, or 0 for a free slot. At most half full. */
  #slots = new Int32Array(1 << 10);

  get size(): number {
    return this.#left.length;
  }

  left(index: number): number {
    return this.#left.at(index);
  }

  right(index: number): number {
    return this.#right.at(index);
  }

  /** The pair's index, or -1. */
  find(left: number, right: number): number {
    return this.#slots[this.#slot(left, right)]! - 1;
  }

  /** The pair's index; equal to the former `size` if the pair is new. */
  intern(left: number, right: number): number {
    const slot = this.#slot(left, right);
    const known = this.#slots[slot]! - 1;
    if (known >= 0) return known;
    this.#left.push(left);
    this.#right.push(right);
    this.#slots[slot] = this.size;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return this.size - 1;
  }

  /** The slot that holds the pair, or the free one where it belongs. */
  #slot(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1;
      if (index < 0 || (this.#left.at(index) === left && this.#right.at(index) === right)) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.size; index++) {
      this.#slots[this.#slot(this.left(index), this.right(index))] = index + 1;
    }
  }
}
