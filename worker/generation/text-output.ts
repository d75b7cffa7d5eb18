import { StopStrings } from './stop-strings.ts';

/** Bytes of tokens to text: whole characters, without what the text had to begin with, up to a stop string. */
export class TextOutput {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #stops: StopStrings;
  #begin: Uint8Array;

  /** `begin`: bytes that come first and are not part of the text. */
  constructor(stops: readonly string[], begin: Uint8Array) {
    this.#stops = new StopStrings(stops);
    this.#begin = begin;
  }

  /** What is left of the bytes that must come next. */
  get begin(): Uint8Array {
    return this.#begin;
  }

  /** The text that is now certain, and the stop string that ends it, if one does. */
  push(bytes: Uint8Array): { text: string; stop?: string } {
    const own = bytes.subarray(Math.min(bytes.length, this.#begin.length));
    this.#begin = this.#begin.subarray(bytes.length);
    return this.#stops.push(this.#decoder.decode(own, { stream: true }));
  }

  /** The text that was held back. Bytes of a character that was never finished are left out. */
  end(): string {
    return this.#stops.flush();
  }
}
