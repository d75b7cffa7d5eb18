import { IdBuffer } from './id-buffer.ts';
import { PairTable } from './pair-table.ts';

/** The pieces of a vocabulary by their characters: finds the longest piece that a text goes on with in one pass over it. */
export class PieceTrie {
  /** Node 0 is the root; the edge (node, UTF-16 unit) with index i leads to node i + 1. */
  readonly #edges = new PairTable();
  /** Id of the piece that ends at each node, -1 for none. */
  readonly #ids = new IdBuffer();
  /** Where pieces begin that continue a word: the node that their prefix leads to; -1 if the vocabulary has none. */
  readonly #continuing: number;
  /** Of the last match: the offset after it. */
  matchEnd = 0;

  constructor(vocab: ReadonlyMap<string, number>, continuingPrefix: string) {
    const ids = new Map<number, number>();
    for (const [piece, id] of vocab) ids.set(this.#add(piece), id);
    for (let node = 0; node <= this.#edges.size; node++) this.#ids.push(ids.get(node) ?? -1);
    this.#continuing = this.#walk(continuingPrefix);
  }

  /** Id of the longest piece that text[start..end) begins with, whose end is then in `matchEnd`; -1 if there is none. */
  match(text: string, start: number, end: number, continues: boolean): number {
    let node = continues ? this.#continuing : 0;
    let found = -1;
    if (node < 0) return found;
    for (let at = start; at < end; at++) {
      const edge = this.#edges.find(node, text.charCodeAt(at));
      if (edge < 0) break;
      node = edge + 1;
      const id = this.#ids.at(node);
      if (id < 0) continue;
      found = id;
      this.matchEnd = at + 1;
    }
    return found;
  }

  #add(piece: string): number {
    let node = 0;
    for (let i = 0; i < piece.length; i++) node = this.#edges.intern(node, piece.charCodeAt(i)) + 1;
    return node;
  }

  #walk(prefix: string): number {
    let node = 0;
    for (let i = 0; i < prefix.length && node >= 0; i++) {
      const edge = this.#edges.find(node, prefix.charCodeAt(i));
      node = edge < 0 ? -1 : edge + 1;
    }
    return node;
  }
}
