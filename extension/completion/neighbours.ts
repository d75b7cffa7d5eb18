/** Pieces of other files, to be shown to the model before the text at the cursor. */

export interface Piece {
  readonly uri: string;
  /** Relative to the workspace: a private file's name may be in any part of it. */
  readonly path: string;
  readonly languageId: string;
  readonly text: string;
}

/** A document by lines, from 0. */
export interface Lines {
  readonly count: number;
  readonly at: (line: number) => string;
}

/** Pieces that are kept, and of these, the most that one request carries. */
const KEPT = 16;
const SHOWN = 6;

const LINES = 64;
const CHARACTERS = 2000;
const FEWEST_LINES = 3;

/** Pieces of which more lines than this share are common are the same. */
const SAME = 0.9;

/** Files whose text should not turn up in others. */
const PRIVATE = /(^|[\\/])\.env|\.(pem|key|p12|pfx|keystore)$|secret|credential/i;

/** The lines around one line, as far as they fit; undefined where there is too little to be of use. */
export function pieceAround({ count, at }: Lines, line: number): string | undefined {
  const first = Math.max(0, Math.min(line, count - 1) - LINES / 2);
  const taken: string[] = [];
  let characters = 0;
  for (let index = first; index < Math.min(first + LINES, count); index++) {
    const text = at(index);
    characters += text.length + 1;
    if (characters > CHARACTERS) break;
    taken.push(text.trimEnd());
  }
  return taken.filter((text) => text.trim() !== '').length < FEWEST_LINES
    ? undefined
    : taken.join('\n').trim();
}

/**
 * A ring of pieces that the user has worked on lately. A piece takes the place of one of its document that is nearly the
 * same, changes nothing where another document has it, and comes last otherwise: so the beginning of the prompt stays as it
 * is as long as it can, and with it the model's cache of keys and values.
 */
export class Neighbours {
  #pieces: Piece[] = [];

  add(piece: Piece): void {
    if (PRIVATE.test(piece.path)) return;
    const alike = this.#pieces.filter(({ text }) => similarity(text, piece.text) > SAME);
    const older = alike.find(({ uri }) => uri === piece.uri);
    if (older !== undefined) this.#pieces = this.#pieces.map((each) => (each === older ? piece : each));
    else if (alike.length === 0) this.#pieces = [...this.#pieces, piece].slice(-KEPT);
  }

  /** Drops the pieces of a document or folder that is not there any more. */
  forget(uri: string): void {
    this.#pieces = this.#pieces.filter((piece) => piece.uri !== uri && !piece.uri.startsWith(`${uri}/`));
  }

  /** For a document: pieces of other files in its language, the oldest first. */
  for(uri: string, languageId: string): string[] {
    return this.#pieces
      .filter((piece) => piece.uri !== uri && family(piece.languageId) === family(languageId))
      .slice(-SHOWN)
      .map(({ text }) => text);
  }
}

/** typescriptreact goes with typescript. */
function family(languageId: string): string {
  return languageId.replace(/react$/, '');
}

/** Jaccard's: lines in both, over lines in either. */
function similarity(a: string, b: string): number {
  const linesOfA = new Set(a.split('\n'));
  const linesOfB = new Set(b.split('\n'));
  const common = [...linesOfA].filter((line) => linesOfB.has(line)).length;
  return common / (linesOfA.size + linesOfB.size - common);
}
