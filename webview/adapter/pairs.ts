/** What the base and the adapter write, side by side. */
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import type { Sample } from '../protocol/training.ts';

/** Older ones are in the run folder. */
const MOST = 20;

/** Samples of the evaluations, the newest first, each beside what the base made of the same prompt. */
export class SamplePairs {
  readonly element = element('div', {
    class: 'pairs',
    role: 'region',
    'aria-label': 'Samples, the newest first',
    tabindex: 0,
  });
  #shown = '';

  show(samples: readonly Sample[]): void {
    const newest = samples.slice(-MOST).reverse();
    const key = JSON.stringify(newest);
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(...newest.map(samplePair));
  }
}

function samplePair({ step, prompt, text, base }: Sample): HTMLElement {
  const title = `Step ${formatCount(step)}`;
  return element(
    'article',
    { 'aria-label': `Sample at step ${formatCount(step)}` },
    element('h3', { class: 'dim numbers' }, title),
    sideBySide(
      column('Base', base === undefined ? [] : [written(prompt, base)]),
      column('Adapter', [written(prompt, text)]),
    ),
  );
}

/** A prompt, dimmed, with what follows it. */
export function written(prompt: string, text: string): HTMLElement {
  return element('pre', {}, element('span', { class: 'dim' }, prompt), text);
}

export function column(title: string, content: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'column' }, element('p', { class: 'column-title' }, title), ...content);
}

export function sideBySide(...columns: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'side-by-side' }, ...columns);
}
