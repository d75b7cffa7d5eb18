import { element, on } from '../common/dom.ts';

/** Browsers lay nothing out that is much higher (Chromium: 2^25 px); more rows than fit are scrolled past in larger steps. */
const HIGHEST = 30_000_000;

/** Rows that are ready above and below those in sight, so that scrolling shows no gap. */
const SPARE_ROWS = 12;

/** Scrolls over many rows of equal height, of which only those near the sight are in the page. */
export class Scroller {
  readonly element: HTMLElement;
  readonly #space = element('div', { class: 'scroll-space' });
  readonly #body: HTMLElement;
  readonly #showRows: (first: number, last: number) => void;
  #count = 0;
  #rowHeight = 1;
  #shown = { first: 0, last: 0 };

  /** `body` holds the rows; `showRows` puts those from the first to before the last into it. */
  constructor(body: HTMLElement, showRows: (first: number, last: number) => void) {
    this.#body = body;
    this.#showRows = showRows;
    body.classList.add('scroll-body');
    this.#space.append(body);
    this.element = element('div', { class: 'scroller' }, this.#space);
    on(this.element, 'scroll', () => this.update()); // browsers tell it once a frame
  }

  /** Rows that are in sight at once. */
  get page(): number {
    return Math.max(1, Math.floor(this.element.clientHeight / this.#rowHeight) - 1);
  }

  /** Browsers round to pixels: a row that was scrolled to the top may have one of the row above it in sight. */
  get firstInSight(): number {
    return Math.floor((this.#top + 1) / this.#rowHeight);
  }

  /** Takes new rows; all that is shown is made anew. */
  setRows(count: number, rowHeight: number): void {
    this.#count = count;
    this.#rowHeight = rowHeight;
    this.#space.style.height = `${Math.min(count * rowHeight, HIGHEST)}px`;
    this.#shown = { first: 0, last: 0 };
    this.update();
  }

  /** Shows what is in sight. */
  update(): void {
    const top = this.#top;
    const first = Math.max(0, Math.floor(top / this.#rowHeight) - SPARE_ROWS);
    const inSight = Math.ceil(this.element.clientHeight / this.#rowHeight);
    const last = Math.min(this.#count, first + inSight + 2 * SPARE_ROWS + 1);
    this.#body.style.transform = `translateY(${this.element.scrollTop + first * this.#rowHeight - top}px)`;
    if (first === this.#shown.first && last === this.#shown.last) return;
    this.#shown = { first, last };
    this.#showRows(first, last);
  }

  /** Scrolls a row to the top. */
  goTo(row: number): void {
    const { scrollHeight, clientHeight } = this.element;
    this.element.scrollTop = (row * this.#rowHeight) / this.#scale(scrollHeight, clientHeight);
    this.update();
  }

  /** Brings a row into sight, if it is not. */
  reveal(row: number): void {
    const top = this.#top;
    const y = row * this.#rowHeight;
    const { clientHeight } = this.element;
    if (y >= top && y + this.#rowHeight <= top + clientHeight) return;
    const near = Math.abs(y - top) < 2 * clientHeight;
    const above = near
      ? y < top
        ? 0
        : clientHeight - this.#rowHeight
      : (clientHeight - this.#rowHeight) / 2;
    this.goTo(Math.max(0, (y - above) / this.#rowHeight));
  }

  /** Of the sight, in pixels of all rows one below another. */
  get #top(): number {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollTop * this.#scale(scrollHeight, clientHeight);
  }

  #scale(scrollHeight: number, clientHeight: number): number {
    const height = this.#count * this.#rowHeight;
    return height <= HIGHEST ? 1 : (height - clientHeight) / Math.max(1, scrollHeight - clientHeight);
  }
}
