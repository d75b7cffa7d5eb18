/** A token that is not made by merges: found in the text as it is written, before anything else. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Special tokens are found only where the caller allows them; other added tokens always. */
  readonly special: boolean;
  /** Whether it takes in the white space before it, as RoBERTa's <mask> does. Default false. */
  readonly lstrip?: boolean | undefined;
}

/** A stretch of text: an added token, or (id -1) the ordinary text between two of them. */
export interface Segment {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Finds added tokens in a text: leftmost first, of those that start together the longest. */
export class AddedTokens {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #all: RegExp | undefined;
  readonly #ordinary: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    this.#tokens = new Map(tokens.map((token) => [token.content, token]));
    this.#all = alternatives(tokens);
    this.#ordinary = alternatives(tokens.filter(({ special }) => !special));
  }

  *segments(text: string, allowSpecial: boolean): Generator<Segment> {
    const pattern = allowSpecial ? this.#all : this.#ordinary;
    let start = 0;
    if (pattern !== undefined) {
      for (const match of text.matchAll(pattern)) {
        const { id, lstrip = false } = this.#tokens.get(match[0])!;
        const before = lstrip ? start + text.slice(start, match.index).trimEnd().length : match.index;
        if (before > start) yield { id: -1, start, end: before };
        start = match.index + match[0].length;
        yield { id, start: before, end: start };
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
