/**
 * Brackets, strings and comments of code in any of the usual languages, read without a grammar: good enough to tell
 * what a completion has to close. A string in ' or " ends with its line.
 */

/** What is open at a place in code. */
export interface Nesting {
  /** The closers that are still to come, innermost last: brackets, and the quote of a string. */
  readonly closers: readonly string[];
  /** What ends the comment that the place is in; '' outside of comments. */
  readonly comment: '' | '\n' | '*/';
}

export interface Reading {
  /** What is open at the end of the code. */
  readonly nesting: Nesting;
  /** Closers of what was open before the code began, or of nothing at all, in order. */
  readonly unmatched: readonly Unmatched[];
  /** Closers that were to come before the code began and that it passed over, innermost first. */
  readonly skipped: readonly string[];
  /** How many of the closers that were to come before the code began are still to come. */
  readonly inherited: number;
}

export interface Unmatched {
  readonly closer: string;
  /** Offset into the code. */
  readonly at: number;
  /** Whether nothing opened inside of it was left open. */
  readonly clean: boolean;
}

export const OUTSIDE: Nesting = { closers: [], comment: '' };

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const QUOTES = ['"""', "'''", '"', "'", '`'];

/** What may mean something outside of strings, and inside of them; all else is passed over. */
const CODE_MARKS = /[()[\]{}"'`/#]/g;
const STRING_MARKS = /["'`\\\n$]/g;

/** Reads code from a place on, where `from` is what is open. */
export function readCode(code: string, from: Nesting = OUTSIDE): Reading {
  const reader = new Reader(code, from);
  reader.run();
  return reader;
}

class Reader implements Reading {
  readonly unmatched: Unmatched[] = [];
  readonly skipped: string[] = [];
  inherited: number;
  readonly #code: string;
  readonly #closers: string[];
  #comment: Nesting['comment'];
  #at = 0;

  constructor(code: string, from: Nesting) {
    this.#code = code;
    this.#closers = [...from.closers];
    this.#comment = from.comment;
    this.inherited = from.closers.length;
  }

  get nesting(): Nesting {
    return { closers: this.#closers, comment: this.#comment };
  }

  run(): void {
    while (this.#at < this.#code.length) {
      const innermost = this.#closers.at(-1) ?? '';
      if (this.#comment !== '') this.#passComment(this.#comment);
      else if (QUOTES.includes(innermost)) this.#stepInString(innermost);
      else this.#step();
    }
  }

  /** Goes to the next of some marks; false at the end. */
  #find(marks: RegExp): boolean {
    marks.lastIndex = this.#at;
    this.#at = marks.exec(this.#code)?.index ?? this.#code.length;
    return this.#at < this.#code.length;
  }

  #passComment(end: '\n' | '*/'): void {
    const found = this.#code.indexOf(end, this.#at);
    this.#at = found < 0 ? this.#code.length : found + (end === '\n' ? 0 : end.length);
    if (found >= 0) this.#comment = '';
  }

  #stepInString(quote: string): void {
    if (!this.#find(STRING_MARKS)) return;
    const char = this.#code[this.#at];
    if (this.#code.startsWith(quote, this.#at)) {
      this.#close(quote);
    } else if (quote === '`' && this.#code.startsWith('${', this.#at)) {
      this.#closers.push('}');
      this.#at += 2;
    } else {
      if (char === '\n' && (quote === '"' || quote === "'")) this.#skip();
      this.#at += char === '\\' ? 2 : 1;
    }
  }

  #step(): void {
    if (!this.#find(CODE_MARKS)) return;
    const char = this.#code[this.#at]!;
    const comment = commentAt(this.#code, this.#at);
    const quote = QUOTES.find((each) => this.#code.startsWith(each, this.#at));
    if (comment !== '') {
      this.#comment = comment;
      this.#at += comment.length;
    } else if (quote !== undefined) {
      if (isString(this.#code, this.#at, quote)) this.#closers.push(quote);
      this.#at += quote.length;
    } else if (char in CLOSERS) {
      this.#closers.push(CLOSERS[char]!);
      this.#at++;
    } else if (')]}'.includes(char)) {
      this.#close(char);
    } else {
      this.#at++;
    }
  }

  #close(closer: string): void {
    const opened = this.#closers.lastIndexOf(closer);
    const clean = opened === this.#closers.length - 1 && opened >= 0;
    if (opened >= 0) while (this.#closers.length > opened + 1) this.#skip();
    const isInherited = opened >= 0 && opened < this.inherited;
    if (opened >= 0) this.#closers.pop();
    if (isInherited) this.inherited = opened;
    if (opened < 0 || isInherited) this.unmatched.push({ closer, at: this.#at, clean });
    this.#at += closer.length;
  }

  /** Gives up the innermost closer. */
  #skip(): void {
    const closer = this.#closers.pop()!;
    if (this.#closers.length >= this.inherited) return;
    this.inherited = this.#closers.length;
    this.skipped.push(closer);
  }
}

/** What ends the comment that begins at a place; '' where none does. */
function commentAt(code: string, at: number): Nesting['comment'] {
  if (code.startsWith('/*', at)) return '*/';
  if (code.startsWith('//', at)) return code[at - 1] === ':' ? '' : '\n'; // a URL
  const isHash = code[at] === '#' && /^\s?$/.test(code[at - 1] ?? '');
  return isHash && /^[\s!#]?$/.test(code[at + 1] ?? '') ? '\n' : ''; // not #private, #include
}

/** Whether the quote at a place opens a string: not an apostrophe, nor one of " and ' that its line does not close. */
function isString(code: string, at: number, quote: string): boolean {
  if (quote !== '"' && quote !== "'") return true;
  const before = /[\p{L}\p{N}_]+$/u.exec(code.slice(Math.max(0, at - 3), at))?.[0];
  if (before !== undefined && !/^[rbfu]{1,2}$/i.test(before)) return false;
  for (let i = at + 1; i < code.length; i++) {
    if (code[i] === '\\') i++;
    else if (code[i] === quote) return true;
    else if (code[i] === '\n') return false;
  }
  return true;
}

/**
 * The closers that a text between two pieces of code may add, innermost first: those that the code before it lacks
 * and the code after it does not have. `whole` says whether `after` goes to the end of the file; where it does not,
 * what it leaves open may be closed beyond.
 */
export function owedClosers(before: Nesting, after: string, whole: boolean): string[] {
  const { skipped, inherited } = readCode(after, before);
  return [...skipped, ...(whole ? before.closers.slice(0, inherited).reverse() : [])];
}
