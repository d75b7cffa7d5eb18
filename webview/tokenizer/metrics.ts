import { element } from '../common/dom.ts';
import type { Metrics } from './layout.ts';

export interface Measured extends Omit<Metrics, 'width' | 'ids'> {
  /** Of a row with ids and of one without, in pixels. */
  readonly rowHeight: number;
}

/** Measures what a row of tokens takes in the page's font and style, with rows that are there for the moment. */
export function measureTokens(host: HTMLElement): Measured {
  const probe = (text: string, small = false): HTMLElement =>
    element('span', { class: 'token' }, element('span', { class: small ? 'bytes' : 'text' }, text));
  const one = probe('0');
  const many = probe('0'.repeat(101));
  const small = probe('0'.repeat(101), true);
  const smallOne = probe('0', true);
  const row = element('div', { class: 'row probe', 'aria-hidden': 'true' }, one, many, small, smallOne);
  host.append(row);
  const width = (of: HTMLElement): number => of.getBoundingClientRect().width;
  const cell = (width(many) - width(one)) / 100;
  const measured = {
    cell,
    smallCell: (width(small) - width(smallOne)) / 100,
    padding: width(one) - cell + Number.parseFloat(getComputedStyle(one).marginInlineEnd),
    rowHeight: row.getBoundingClientRect().height,
    measure: measureIn(getComputedStyle(one)),
  };
  row.remove();
  return measured;
}

function measureIn({ fontWeight, fontSize, fontFamily }: CSSStyleDeclaration): (text: string) => number {
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return (text) => context.measureText(text).width;
}
