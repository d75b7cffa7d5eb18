/** The tokenizer page of a window, as a person uses it. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually } from './eventually.ts';
import type { Window } from './host/window.ts';

export class TokenPage {
  readonly element: Locator;
  readonly #window: Window;

  private constructor(window: Window, element: Locator) {
    this.#window = window;
    this.element = element;
  }

  /** Shows what is selected in the active editor, or its document if nothing is. */
  static async open(window: Window): Promise<TokenPage> {
    await window.command('cloze.tokenizeSelection');
    return TokenPage.find(window);
  }

  /** The page that is there already. */
  static async find(window: Window): Promise<TokenPage> {
    return new TokenPage(window, await window.webview('.tokenizer-page'));
  }

  /** What the counts say: the first cell of each row, with the others by their column's name. */
  async counts(): Promise<Record<string, Record<string, string>>> {
    const shown = await this.element.locator('.summary tr').filter({ visible: true }).all();
    const rows = await Promise.all(shown.map((row) => row.locator('th, td').allTextContents()));
    const [[, ...names] = [], ...lines] = rows;
    return Object.fromEntries(
      lines.map(([row = '', ...cells]) => [
        row,
        Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ''])),
      ]),
    );
  }

  /** Waits until a tokenizer's row says so many tokens. */
  async waitForCount(tokenizer: string, tokens: number): Promise<void> {
    await eventually(async () => {
      const counts = await this.counts();
      assert.equal(counts[tokenizer]?.Tokens, tokens.toLocaleString('en'));
    });
  }

  /** Tokens of a column, as far as they are in the page; 0 is the first tokenizer's. */
  tokens(column = 0): Locator {
    return this.element
      .getByRole('listbox', { name: /^Tokens of/ })
      .nth(column)
      .locator('.token');
  }

  /** The first token that shows this: letters, and marks for white space. */
  token(text: string): Locator {
    return this.tokens()
      .filter({ hasText: new RegExp(`^${text}$`) })
      .first();
  }

  /** Chooses in one of the page's two lists. */
  async choose(list: 'Tokenizer' | 'Compare with', option: string): Promise<void> {
    await this.element.getByRole('combobox', { name: list }).click();
    await this.element.getByRole('option', { name: option, exact: true }).locator('visible=true').click();
  }

  /** What has the keyboard's focus: its role, and what it is called. */
  focused(): Promise<string> {
    return this.element.evaluate<string, null>(`(() => {
      const { activeElement: active } = document;
      const label = document.getElementById(active.getAttribute('aria-labelledby'));
      const name = active.ariaLabel ?? (label ?? active).textContent;
      return (active.role ?? active.localName) + ': ' + name.trim();
    })()`);
  }

  /** The name of the token that the keyboard's cursor is on. */
  active(): Promise<string> {
    return this.element.evaluate<string, null>(
      'document.getElementById(document.activeElement.ariaActiveDescendantElement?.id)?.ariaLabel',
    );
  }

  /** What was said last to those who hear the page. */
  async said(): Promise<string> {
    return (await this.element.locator('xpath=..').locator('> [aria-live]').textContent()) ?? '';
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#window.page.keyboard.press(key);
  }
}
