/** Somebody who writes code in a window, at a person's pace, and takes what is suggested where it is right. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Window } from '../../test/vscode/host/window.ts';
import { Random } from '../../worker/base/random.ts';
import { type GhostWatch, visible } from './ghost-watch.ts';

/** Settings under which the document becomes what is typed. */
export const LITERAL_EDITOR = {
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingComments': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
} as const;

/** Ms between keys, uniform in between: 60 words a minute. Between words people pause. */
const GAP = [90, 250] as const;
const PAUSE = [0, 300] as const;

/** Who reads a suggestion before taking it takes this long, in ms, and takes none that is shorter. */
const READING = 350;
const WORTH_READING = 4;

export class Typist {
  readonly #window: Window;
  readonly #folder: string;
  readonly #watch: GhostWatch;
  readonly #random = new Random(1, 'typist');

  constructor(window: Window, folder: string, watch: GhostWatch) {
    this.#window = window;
    this.#folder = folder;
    this.#watch = watch;
  }

  /** Opens a new file with the cursor at its end. */
  async open(name: string, text: string): Promise<void> {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    const lines = text.split('\n');
    await this.#window.openFile(path, lines.length, lines.at(-1)!.length + 1);
  }

  /** An editor begins to ask for suggestions by itself some seconds after the first came up, or once somebody has asked. */
  async wake(): Promise<void> {
    await this.open('wake.js', 'const value = ');
    await this.#window.command('editor.action.inlineSuggest.trigger');
  }

  /** Writes a text; how often a suggestion was taken. */
  async write(text: string): Promise<number> {
    let taken = 0;
    for (let at = 0; at < text.length;) {
      at += await this.#next(text.slice(at));
      const suggestion = visible(await this.#watch.ghost());
      const right = suggestion.length < WORTH_READING ? 0 : lengthOf(suggestion, text.slice(at));
      if (right === 0) continue;
      await sleep(READING);
      await this.#window.page.keyboard.press('Tab');
      at += right;
      taken++;
    }
    return taken;
  }

  /** Types the first character; the indentation of a line comes with its line break. */
  async #next(text: string): Promise<number> {
    const { keyboard } = this.#window.page;
    const [head = ''] = /^(\n?[\t ]+|\n)/.exec(text) ?? [text[0]];
    if (head.startsWith('\n')) await keyboard.press('Enter');
    const rest = head.replace('\n', '');
    if (rest.length === 1 && rest !== '\t') await keyboard.type(rest);
    else if (rest !== '') await keyboard.insertText(rest);
    await sleep(this.#between(GAP) + (/\s$/.test(head) ? this.#between(PAUSE) : 0));
    return head.length;
  }

  #between([from, to]: readonly [number, number]): number {
    return from + this.#random.integer(to - from);
  }
}

/** How long the beginning of a text is that has just these visible characters; 0 if it has others. */
function lengthOf(visibles: string, text: string): number {
  let found = 0;
  for (let at = 0; at < text.length; at++) {
    if (/\s/.test(text[at]!)) continue;
    if (text[at] !== visibles[found++]) return 0;
    if (found === visibles.length) return at + 1;
  }
  return 0;
}
