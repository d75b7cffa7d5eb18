/** Ends a streamed text before the first of some stop strings, wherever the pieces of the stream begin. */
export class StopStrings {
  readonly #stops: readonly string[];
  /** Text that may be the beginning of a stop string. */
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /** The text that is certain to come before any stop string, and the one that was found, if one was. */
  push(piece: string): { text: string; stop?: string } {
    const all = this.#held + piece;
    let end = all.length;
    let stop: string | undefined;
    for (const each of this.#stops) {
      const at = all.indexOf(each);
      if (at >= 0 && (at < end || stop === undefined)) {
        end = at;
        stop = each;
      }
    }
    if (stop !== undefined) {
      this.#held = '';
      return { text: all.slice(0, end), stop };
    }
    const held = Math.max(0, ...this.#stops.map((each) => overlap(all, each)));
    this.#held = all.slice(all.length - held);
    return { text: all.slice(0, all.length - held) };
  }

  /** At the end of the stream: the text that was held back. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

/** Length of the longest end of `text` that a longer `stop` begins with. */
function overlap(text: string, stop: string): number {
  let length = Math.min(text.length, stop.length - 1);
  while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
  return length;
}
