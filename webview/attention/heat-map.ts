import { element, on, setAttribute } from '../common/dom.ts';
import type { Cell } from '../protocol/attention.ts';
import { drawMap, type MapModel, mapSource } from './map-drawing.ts';
import { frameFor, type MapFrame, type MapTarget, movedCell, targetAt } from './map-geometry.ts';
import { mapTheme, type MapTheme } from './theme.ts';

export interface HeatMapEvents {
  /** The pointer is at a cell or a name, or no longer. */
  readonly point: (target: MapTarget | undefined) => void;
  /** The cursor goes to a cell. */
  readonly move: (cell: Cell) => void;
  /** A token is chosen: with a double-click, or with Enter in its row. */
  readonly pick: (token: number) => void;
}

/** Pixels along a side of a picture that is saved. */
const PICTURE = 1200;

/** One map as a canvas with a cursor. It is drawn at most once a frame. */
export class HeatMap {
  readonly element = element('div', {
    class: 'heat-map',
    role: 'application', // arrow keys are the cursor's, not the screen reader's
    'aria-roledescription': 'attention map',
    tabindex: 0,
  });
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #events: HeatMapEvents;
  #model: MapModel | undefined;
  #source: HTMLCanvasElement | undefined;
  #theme: MapTheme | undefined;
  #frame: MapFrame = frameFor(0, 0, 0);
  #cell: Cell = { row: 0, column: 0 };
  #target: MapTarget | undefined;
  #waits = false;

  constructor(events: HeatMapEvents) {
    this.#events = events;
    this.element.append(this.#canvas);
    on(this.element, 'pointermove', (event) => events.point(this.#at(event)));
    on(this.element, 'pointerleave', () => events.point(undefined));
    on(this.element, 'click', (event) => {
      const { row, column } = this.#at(event) ?? {};
      if (row !== undefined && column !== undefined) events.move({ row, column });
    });
    on(this.element, 'dblclick', (event) => {
      const { row, column } = this.#at(event) ?? {};
      const token = row ?? column;
      if (token !== undefined) events.pick(token);
    });
    on(this.element, 'keydown', (event) => this.#press(event));
    on(this.element, 'focus', () => events.move(this.#cell));
    on(this.element, 'blur', () => this.#request());
    new ResizeObserver(() => this.#request()).observe(this.element);
  }

  setModel(model: MapModel, name: string): void {
    this.#model = model;
    this.#source = undefined;
    setAttribute(this.element, 'aria-label', name);
    this.#request();
  }

  setCell(cell: Cell): void {
    this.#cell = cell;
    this.#request();
  }

  /** Lets all but these rows and columns fade, or none. */
  setTarget(target: MapTarget | undefined): void {
    this.#target = target;
    this.#request();
  }

  /** To be called when the colours have changed. */
  themeChanged(): void {
    this.#theme = undefined;
    this.#source = undefined;
    this.#request();
  }

  /** The map as a PNG, with what it is of in a line below. */
  async picture(caption: string): Promise<Uint8Array<ArrayBuffer>> {
    const model = this.#model!;
    const theme = mapTheme(this.element);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [PICTURE, PICTURE + 40];
    const context = canvas.getContext('2d')!;
    context.fillStyle = theme.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const frame = frameFor(PICTURE - 20, PICTURE - 20, model.size);
    drawMap(context, mapSource(model, theme), model, frame, theme);
    context.fillStyle = theme.text;
    context.font = theme.font.replace('11px', '18px');
    context.fillText(caption, 12, PICTURE + 22, PICTURE - 24);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('the browser made no picture');
    return new Uint8Array(await blob.arrayBuffer());
  }

  #press(event: KeyboardEvent): void {
    const size = this.#model?.size ?? 0;
    if (size === 0 || event.altKey) return;
    if (event.key === 'Enter') this.#events.pick(this.#cell.row);
    else {
      const cell = movedCell(event, this.#cell, size);
      if (cell === undefined) return;
      this.#events.move(cell);
    }
    event.preventDefault();
  }

  #at({ clientX, clientY }: MouseEvent): MapTarget | undefined {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return targetAt(this.#frame, clientX - left, clientY - top);
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
    const model = this.#model;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (model === undefined || width === 0 || height === 0) return;
    const began = performance.now();
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    this.#theme ??= mapTheme(this.element);
    this.#source ??= mapSource(model, this.#theme);
    this.#frame = frameFor(width, height, model.size);
    const context = this.#canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const cell = document.activeElement === this.element ? this.#cell : undefined;
    drawMap(context, this.#source, model, this.#frame, this.#theme, { cell, target: this.#target });
    performance.measure('attention map', { start: began }); // a trace of the page shows it by name
  }
}
