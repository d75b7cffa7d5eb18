/** What the model writes, at each evaluation: the newest first, in a box of its own height. */
import { element } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import type { Sample } from '../protocol/training.ts';

/** Older ones are in the run folder. */
const MOST = 50;

export class Samples {
  readonly element = element('div', {
    class: 'samples',
    role: 'region',
    'aria-label': 'Samples, the newest first',
    tabindex: 0,
  });
  #shown: readonly Sample[] = [];

  update(samples: readonly Sample[]): void {
    if (samples === this.#shown) return;
    const known = new Set(this.#shown);
    const fresh = samples.filter((sample) => !known.has(sample));
    const follows = this.#shown.length > 0 && fresh.length + this.#shown.length === samples.length;
    this.#shown = samples;
    const made = fresh.slice(-MOST).reverse().map(sampleElement);
    if (follows) this.element.prepend(...made);
    else this.element.replaceChildren(...samples.slice(-MOST).reverse().map(sampleElement));
    while (this.element.childElementCount > MOST) this.element.lastElementChild?.remove();
  }
}

function sampleElement({ step, prompt, text }: Sample): HTMLElement {
  return element(
    'article',
    { class: 'sample', 'aria-label': `Sample at step ${formatCount(step)}` },
    element('h3', { class: 'dim numbers' }, `Step ${formatCount(step)}`),
    element('pre', {}, element('span', { class: 'sample-prompt' }, prompt), text),
  );
}
