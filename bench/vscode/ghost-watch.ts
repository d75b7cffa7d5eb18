/** When keys go down in a window and when grey text comes, by the browser's own clock. */
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { GHOST } from '../../test/vscode/host/editor.ts';

/** The suggestion on the screen: what is behind the cursor, and the lines below. */
const GhostSchema = z.object({ line: z.string(), below: z.string() });
export type Ghost = z.output<typeof GhostSchema>;

/** `at` in ms: of a key when it was pressed, of grey text when it stood in the document of the page. */
const EventSchema = z.union([
  z.object({ at: z.number(), key: z.string() }),
  z.object({ at: z.number(), ghost: GhostSchema }),
]);
export type WatchEvent = z.output<typeof EventSchema>;

const [LINE, BELOW] = GHOST.split(', ');

/** Runs in the page; as text, since it is of another world than this program. */
const WATCH = `(() => {
  const text = (selector) =>
    Array.from(document.querySelectorAll(selector), (element) => element.textContent).join('').replaceAll('\\u00a0', ' ');
  const watch = { events: [], ghost: { line: '', below: '' } };
  addEventListener('keydown', ({ key, timeStamp }) => watch.events.push({ at: timeStamp, key }), true);
  new MutationObserver(() => {
    const ghost = { line: text('${LINE!}'), below: text('${BELOW!}') };
    if (ghost.line === watch.ghost.line && ghost.below === watch.ghost.below) return;
    watch.ghost = ghost;
    watch.events.push({ at: performance.now(), ghost });
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  globalThis.clozeWatch = watch;
})()`;

export class GhostWatch {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async start(page: Page): Promise<GhostWatch> {
    await page.evaluate(WATCH);
    return new GhostWatch(page);
  }

  async ghost(): Promise<Ghost> {
    return GhostSchema.parse(await this.#page.evaluate('clozeWatch.ghost'));
  }

  /** What has happened since it was asked last. */
  async take(): Promise<WatchEvent[]> {
    return z.array(EventSchema).parse(await this.#page.evaluate('clozeWatch.events.splice(0)'));
  }
}

export interface Latencies {
  /** Ms from a key to a suggestion that was not on the screen before. */
  readonly fresh: readonly number[];
  /** Keys that went along with the suggestion on the screen. */
  readonly along: number;
  /** Keys in all. */
  readonly keys: number;
}

export function latencies(events: readonly WatchEvent[]): Latencies {
  const fresh: number[] = [];
  let [along, keys] = [0, 0];
  let now = '';
  let waiting: { readonly at: number; readonly along: string | undefined } | undefined;
  for (const event of events) {
    if ('key' in event) {
      waiting = { at: event.at, along: restAfter(event.key, now) };
      keys++;
      continue;
    }
    now = visible(event.ghost);
    if (waiting === undefined || now === '') continue;
    if (now === waiting.along) along++;
    else fresh.push(event.at - waiting.at);
    waiting = undefined;
  }
  return { fresh, along, keys };
}

/** The characters of a suggestion that leave something on the screen; the page does not tell how its lines are parted. */
export function visible({ line, below }: Ghost): string {
  return (line + below).replaceAll(/\s/g, '');
}

/** What is left of a suggestion after a key that goes along with it; undefined if it does not, or there was none. */
function restAfter(key: string, suggestion: string): string | undefined {
  if (suggestion === '') return undefined;
  if (key === 'Enter' || key === ' ') return suggestion;
  return suggestion.startsWith(key) ? suggestion.slice(key.length) : undefined;
}
