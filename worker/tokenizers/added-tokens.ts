/** A token that is not made by merges: found in the text as it is written, before anything else. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Special tokens are found only where the caller allows them; other added tokens always. */
  readonly special: boolean;
}

/** A stretch of text: an added token, or (id -1) the ordinary text between two of them. */
export interface Segment {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Finds added tokens in a text: leftmost first, of those that start together the longest. */
export class AddedTokens {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #all: RegExp | undefined;
  readonly #ordinary: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    this.#ids = new Map(tokens.map(({ content, id }) => [content, id]));
    this.#all = alternatives(tokens);
    this.#ordinary = alternatives(tokens.filter(({ special }) => !special));
  }

  *segments(text: string, allowSpecial: boolean): Generator<Segment> {
    const pattern = allowSpecial ? this.#all : this.#ordinary;
    let start = 0;
    if (pattern !== undefined) {
      for (const match of text.matchAll(pattern)) {
        if (match.index > start) yield { id: -1, start, end: match.index };
        start = match.index + match[0].length;
        yield { id: this.#ids.get(match[0])!, start: match.index, end: start };
      }
    }
    if (start < text.length) yield { id: -1, start, end: text.length };
  }
}

function alternatives(tokens: readonly AddedToken[]): RegExp | undefined {
  if (tokens.length === 0) return undefined;
  const escaped = tokens
    .map(({ content }) => content)
    .sort((a, b) => b.length - a.length)
    .map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}
