import { element, setText } from './dom.ts';

const INTERVAL_MS = 2000;

/**
 * Says things to screen readers, when they are done with what they read. At most one thing in two seconds: of what
 * comes faster, the last.
 */
export class LiveRegion {
  readonly element = element('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  #waiting: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.#waiting = text;
    if (this.#timer === undefined) this.#speak();
  }

  #speak(): void {
    if (this.#waiting === undefined) {
      this.#timer = undefined;
      return;
    }
    setText(this.element, this.#waiting);
    this.#waiting = undefined;
    this.#timer = setTimeout(() => this.#speak(), INTERVAL_MS);
  }
}
