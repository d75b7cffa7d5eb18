/** The attention page of a window, as a person uses it. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually } from './eventually.ts';
import type { Window } from './host/window.ts';

/** Time for a model to be opened and looked into, in ms. */
const PATIENCE = 40_000;

export class AttentionPage {
  readonly element: Locator;
  readonly #window: Window;

  private constructor(window: Window, element: Locator) {
    this.#window = window;
    this.element = element;
  }

  /** Shows what is selected in the active editor to a model; without one, to the first that there is. */
  static async open(window: Window, model?: string): Promise<AttentionPage> {
    await window.command('cloze.showAttention', ...(model === undefined ? [] : [{ path: model }]));
    return AttentionPage.find(window);
  }

  /** The page that is there already. */
  static async find(window: Window): Promise<AttentionPage> {
    return new AttentionPage(window, await window.webview('.attention-page'));
  }

  get map(): Locator {
    return this.element.getByRole('application');
  }

  get heads(): Locator {
    return this.element.getByRole('listbox', { name: 'Heads' });
  }

  /** Waits until a model's so many tokens are shown. */
  async shows(model: string, tokens: number): Promise<void> {
    await this.says('.summary', new RegExp(`^${model}\\b.* ${tokens} tokens?\\.`));
    await eventually(async () => {
      const name = (await this.map.getAttribute('aria-label')) ?? '';
      assert.ok(name.includes(`${tokens} by ${tokens}`), name);
    }, PATIENCE);
  }

  /** Waits until an element's text is so. */
  async says(selector: string, expected: RegExp): Promise<void> {
    await eventually(
      async () => assert.match(await this.element.locator(selector).innerText(), expected),
      PATIENCE,
    );
  }

  /** The table of the cursor's row: the names of tokens, and their weights in percent. */
  async row(): Promise<{ name: string; weight: number }[]> {
    const rows = await this.element.locator('.row-table tbody tr').all();
    return Promise.all(
      rows.map(async (row) => {
        const [, name = '', weight = ''] = await row.locator('td').allTextContents();
        return { name, weight: Number.parseFloat(weight) };
      }),
    );
  }

  /** Heads that are chosen, by their names in the list. */
  async chosen(): Promise<string[]> {
    const names = await this.heads.locator('[aria-selected="true"]').allTextContents();
    return names.map((name) => name.replace(/, [\d.]+ bits$/, ''));
  }

  /** Clicks on a head's picture; layers and heads count from 1. */
  async clickHead(layer: number, head: number, clicks: 1 | 2): Promise<void> {
    const position = await this.#placeOf(layer, head);
    if (clicks === 1) await this.heads.click({ position });
    else await this.heads.dblclick({ position });
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#window.page.keyboard.press(key);
  }

  /** What was said last to those who hear the page. */
  async said(): Promise<string> {
    return (await this.element.locator('xpath=..').locator('> [aria-live]').textContent()) ?? '';
  }

  /** Presses a button that asks for a file, and takes the one that is offered: in the workspace, of this name. */
  async save(button: string, name: string): Promise<void> {
    await this.element.getByRole('button', { name: button }).click();
    const input = this.#window.page.locator('.quick-input-widget input[type="text"]');
    await eventually(async () => assert.match(await input.inputValue(), new RegExp(`/${name}$`)));
    await input.press('Enter');
  }

  /** Posts a message to the extension as any script of the page could: through the frame around the page. */
  async post(message: unknown): Promise<void> {
    const frame = await this.#window.webviewFrame('.attention-page');
    const data = JSON.stringify({ message, transfer: [] });
    await frame.parentFrame()?.evaluate(`__vscode_post_message__('onmessage', ${data})`);
  }

  /** Ms that drawings of the map took since the last call. */
  async drawings(): Promise<number[]> {
    const frame = await this.#window.webviewFrame('.attention-page');
    return frame.evaluate<number[]>(`(() => {
      const took = performance.getEntriesByName('attention map').map(({ duration }) => duration);
      performance.clearMeasures();
      return took;
    })()`);
  }

  /** From the numbers that the overview draws: its pictures are as far apart as the canvas is wide for them. */
  async #placeOf(layer: number, head: number): Promise<{ x: number; y: number }> {
    const canvas = await this.heads.locator('canvas').boundingBox();
    const options = await this.heads.getByRole('option').allTextContents();
    const inLayer = options.filter((name) => name.startsWith('layer 1,')).length;
    const [left, top] = [22, 18];
    const pitch = (canvas!.width - left) / inLayer;
    return { x: left + (head - 0.6) * pitch, y: top + 4 + (layer - 0.6) * pitch };
  }
}
