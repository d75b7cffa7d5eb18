import { dashesOf, type Line } from './chart-lines.ts';
import { LINE_COLOURS } from './chart-theme.ts';
import { element, setText, svgElement } from './dom.ts';

/** Names the lines of a chart, shows how they are drawn, and what they are at the cursor. */
export class ChartLegend {
  readonly element = element('ul', { class: 'chart-legend' });
  #key = '';
  #values: HTMLElement[] = [];

  /** One value a line, in their order. */
  update(lines: readonly Line[], values: readonly string[]): void {
    const key = JSON.stringify(lines.map(({ label, style, look, tag }) => [label, style, look, tag]));
    if (key !== this.#key) {
      this.#key = key;
      this.#values = lines.map(() => element('span', { class: 'value' }));
      this.element.replaceChildren(
        ...lines.map((line, i) => element('li', {}, swatch(line), nameOf(line), this.#values[i])),
      );
    }
    values.forEach((value, i) => setText(this.#values[i]!, value));
  }
}

export function nameOf({ label, tag }: Line): string {
  return tag === undefined ? label : `${tag} ${label}`;
}

function swatch({ style, look }: Line): SVGElement {
  const colour = `line-${style % LINE_COLOURS.length}`;
  const line = svgElement('line', {
    class: colour,
    x1: 0,
    y1: 5,
    x2: 24,
    y2: 5,
    'stroke-dasharray': dashesOf(style).join(' ') || undefined,
  });
  const ring = look === 'marked' ? svgElement('circle', { class: colour, cx: 12, cy: 5, r: 3.2 }) : undefined;
  return svgElement(
    'svg',
    { class: 'chart-swatch', width: 24, height: 10, 'aria-hidden': 'true' },
    line,
    ring,
  );
}
