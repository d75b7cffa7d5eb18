/** All heads in small on one canvas, and for those who do not see it, as a list. */
import { element, on, setAttribute } from '../common/dom.ts';
import type { AttentionContent } from '../protocol/attention.ts';
import { headName, movedHead } from './heads-choice.ts';
import { paintMap } from './map-picture.ts';
import { largest } from './mass.ts';
import { headAt, overviewLayout, type OverviewLayout, placeOf } from './overview-layout.ts';
import { mapTheme, type MapTheme } from './theme.ts';

export interface OverviewEvents {
  /** Takes a head in or out. */
  readonly toggle: (head: number) => void;
  /** Looks at this one only. */
  readonly only: (head: number) => void;
  /** The pointer is at a head, or no longer. */
  readonly point: (head: number | undefined) => void;
}

export class Overview {
  readonly element = element('div', {
    class: 'overview',
    role: 'listbox',
    'aria-multiselectable': 'true',
    'aria-label': 'Heads',
    tabindex: 0,
  });
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #options = element('div', { class: 'visually-hidden', role: 'presentation' });
  readonly #events: OverviewEvents;
  #content: AttentionContent | undefined;
  #chosen: readonly number[] = [];
  #cursor = 0;
  #layout: OverviewLayout | undefined;
  #pictures: HTMLCanvasElement | undefined;
  #theme: MapTheme | undefined;
  #waits = false;

  constructor(events: OverviewEvents) {
    this.#events = events;
    this.element.append(this.#canvas, this.#options);
    on(this.element, 'click', (event) => this.#click(event));
    on(this.element, 'pointermove', (event) => events.point(this.#at(event)));
    on(this.element, 'pointerleave', () => events.point(undefined));
    on(this.element, 'keydown', (event) => this.#press(event));
    on(this.element, 'focus', () => this.#request());
    on(this.element, 'blur', () => this.#request());
    new ResizeObserver(() => this.#request()).observe(this.element);
  }

  setContent(content: AttentionContent): void {
    const { layers, heads, entropies } = content.attention;
    this.#content = content;
    this.#pictures = undefined;
    this.#cursor = Math.min(this.#cursor, layers * heads - 1);
    const options = Array.from({ length: layers * heads }, (_, head) =>
      element(
        'div',
        { id: idOf(head), role: 'option', 'aria-selected': 'false' },
        `${headName(head, heads)}, ${(entropies[head] ?? 0).toFixed(2)} bits`,
      ),
    );
    this.#options.replaceChildren(...options);
    this.setChosen(this.#chosen);
  }

  setChosen(chosen: readonly number[]): void {
    this.#chosen = chosen;
    Array.from(this.#options.children).forEach((option, head) =>
      setAttribute(option, 'aria-selected', String(chosen.includes(head))),
    );
    this.#tellCursor();
    this.#request();
  }

  /** To be called when the colours have changed. */
  themeChanged(): void {
    this.#theme = undefined;
    this.#pictures = undefined;
    this.#request();
  }

  /** Of a double-click the first click has toggled the head; the second takes it alone. */
  #click(event: MouseEvent): void {
    const head = this.#at(event);
    if (head === undefined) return;
    this.#cursor = head;
    this.#tellCursor();
    if (event.detail > 1) this.#events.only(head);
    else this.#events.toggle(head);
  }

  #press(event: KeyboardEvent): void {
    if (this.#content === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter') this.#events.only(this.#cursor);
    else if (event.key === ' ') this.#events.toggle(this.#cursor);
    else {
      const head = movedHead(event.key, this.#cursor, this.#content.attention);
      if (head === undefined) return;
      this.#cursor = head;
      this.#tellCursor();
      this.#reveal();
      this.#request();
    }
    event.preventDefault();
  }

  #tellCursor(): void {
    const isThere = this.#options.children.length > this.#cursor;
    setAttribute(this.element, 'aria-activedescendant', isThere ? idOf(this.#cursor) : undefined);
  }

  #reveal(): void {
    if (this.#layout === undefined) return;
    const { x, y } = placeOf(this.#layout, this.#cursor);
    const { side } = this.#layout;
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.element;
    if (y < scrollTop) this.element.scrollTop = y;
    if (y + side > scrollTop + clientHeight) this.element.scrollTop = y + side - clientHeight + 4;
    if (x < scrollLeft) this.element.scrollLeft = x;
    if (x + side > scrollLeft + clientWidth) this.element.scrollLeft = x + side - clientWidth + 4;
  }

  #at({ clientX, clientY }: MouseEvent): number | undefined {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return this.#layout === undefined ? undefined : headAt(this.#layout, clientX - left, clientY - top);
  }

  #request(): void {
    if (this.#waits) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      this.#waits = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { clientWidth } = this.element;
    if (this.#content === undefined || clientWidth === 0) return;
    const { attention, small } = this.#content;
    this.#theme ??= mapTheme(this.element);
    const layout = overviewLayout(clientWidth, attention);
    this.#layout = layout;
    const ratio = devicePixelRatio;
    [this.#canvas.width, this.#canvas.height] = [
      Math.round(layout.width * ratio),
      Math.round(layout.height * ratio),
    ];
    this.#canvas.style.width = `${layout.width}px`;
    this.#canvas.style.height = `${layout.height}px`;
    const context = this.#canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, layout.width, layout.height);
    drawNumbers(context, layout, this.#theme);
    if (small.side === 0) return;
    this.#pictures ??= picturesOf(small, attention, this.#theme);
    context.imageSmoothingEnabled = false;
    const isFocused = document.activeElement === this.element;
    for (let head = 0; head < attention.layers * attention.heads; head++) {
      this.#drawHead(context, head, layout, this.#theme, isFocused);
    }
  }

  #drawHead(
    context: CanvasRenderingContext2D,
    head: number,
    layout: OverviewLayout,
    theme: MapTheme,
    isFocused: boolean,
  ): void {
    const { side: cells } = this.#content!.small;
    const { x, y } = placeOf(layout, head);
    const { side } = layout;
    context.drawImage(this.#pictures!, 0, head * cells, cells, cells, x, y, side, side);
    if (this.#chosen.includes(head)) {
      context.strokeStyle = theme.text;
      context.lineWidth = 2;
      context.strokeRect(x - 1, y - 1, side + 2, side + 2);
    }
    if (isFocused && head === this.#cursor) {
      context.save();
      context.setLineDash([3, 2]);
      context.strokeStyle = theme.focus;
      context.lineWidth = 2;
      context.strokeRect(x + 2, y + 2, side - 4, side - 4);
      context.restore();
    }
  }
}

function idOf(head: number): string {
  return `head-${head}`;
}

/** All heads below each other, a pixel a cell. */
function picturesOf(
  { side, cells }: AttentionContent['small'],
  { causal, difference = false }: AttentionContent['attention'],
  { table, differences }: MapTheme,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [side, cells.length / side];
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(canvas.width, canvas.height);
  const area = side * side;
  const most = difference ? largest(cells) : 1;
  for (let start = 0; start < cells.length; start += area) {
    const weights = cells.subarray(start, start + area);
    const pixels = image.data.subarray(4 * start, 4 * (start + area));
    paintMap(pixels, { weights, size: side, largest: most, causal }, difference ? differences : table);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function drawNumbers(
  context: CanvasRenderingContext2D,
  layout: OverviewLayout,
  { dim, font }: MapTheme,
): void {
  const { layers, heads, left, top, pitch, side } = layout;
  context.fillStyle = dim;
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (let layer = 0; layer < layers; layer++)
    context.fillText(String(layer + 1), left - 5, top + layer * pitch + side / 2);
  context.textAlign = 'center';
  for (let head = 0; head < heads; head++)
    context.fillText(String(head + 1), left + head * pitch + side / 2, top / 2);
}
