/** Whether accepted text stays: the measure that trivial suggestions do not please. */
import { editDistance } from '../../worker/protocol/edit-distance.ts';
import type { Clock } from './clock.ts';
import { type Edit, moved, type Range } from './edits.ts';

/** Seconds after which it is looked at. */
export const KEPT_AFTER = [30, 120] as const;

export type KeptAfter = (typeof KEPT_AFTER)[number];

export interface RetentionOptions {
  readonly clock: Clock;
  /** Text of a document; undefined if it is not open any more. */
  readonly read: (uri: string, range: Range) => string | undefined;
  readonly onLook: (after: KeptAfter, kept: boolean) => void;
}

interface Tracked {
  readonly uri: string;
  readonly text: string;
  range: Range;
}

/** The most that are followed at a time. */
const MOST = 100;

/** Of the longer text, the share that may differ. */
const TOLERANCE = 1 / 3;

/** Longer texts are compared by their beginning. */
const COMPARED = 500;

/** Follows accepted texts through the edits of their documents. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #tracked = new Set<Tracked>();
  readonly #end = new AbortController();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  track(uri: string, offset: number, text: string): void {
    const tracked: Tracked = { uri, text, range: { from: offset, to: offset + text.length } };
    this.#tracked.add(tracked);
    const [oldest] = this.#tracked;
    if (this.#tracked.size > MOST) this.#tracked.delete(oldest!);
    void this.#look(tracked);
  }

  edit(uri: string, edit: Edit): void {
    for (const tracked of this.#tracked) {
      if (tracked.uri === uri) tracked.range = moved(tracked.range, edit);
    }
  }

  dispose(): void {
    this.#end.abort();
    this.#tracked.clear();
  }

  async #look(tracked: Tracked): Promise<void> {
    const { clock, read, onLook } = this.#options;
    let waited = 0;
    for (const after of KEPT_AFTER) {
      if (!(await clock.sleep((after - waited) * 1000, this.#end.signal))) return;
      waited = after;
      const now = this.#tracked.has(tracked) ? read(tracked.uri, tracked.range) : undefined;
      if (now === undefined) break;
      onLook(after, isKept(tracked.text, now));
    }
    this.#tracked.delete(tracked);
  }
}

/** Whether most of a text is still there; indentation does not count. */
export function isKept(text: string, now: string): boolean {
  const [was, is] = [plain(text), plain(now)];
  if (is.includes(was)) return true;
  const [a, b] = [was.slice(0, COMPARED), is.slice(0, COMPARED)];
  return editDistance(a, b) <= TOLERANCE * Math.max(a.length, b.length);
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
