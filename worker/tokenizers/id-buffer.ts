/** A growing array of 32-bit integers. */
export class IdBuffer {
  #items: Int32Array;
  #length = 0;

  constructor(capacity = 64) {
    this.#items = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#items[index]!;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) this.#reserve(this.#length + 1);
    this.#items[this.#length++] = item;
  }

  /** Appends source[start..end). */
  append(source: IdBuffer | Int32Array, start: number, end: number): void {
    const items = source instanceof IdBuffer ? source.#items : source;
    if (this.#length + end - start > this.#items.length) this.#reserve(this.#length + end - start);
    for (let i = start; i < end; i++) this.#items[this.#length++] = items[i]!;
  }

  clear(): void {
    this.#length = 0;
  }

  /** A copy of what was pushed. */
  toArray(): Int32Array<ArrayBuffer> {
    return this.#items.slice(0, this.#length);
  }

  #reserve(capacity: number): void {
    const grown = new Int32Array(Math.max(capacity, this.#items.length * 2));
    grown.set(this.#items);
    this.#items = grown;
  }
}
