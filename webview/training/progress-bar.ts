/** How far something is, as a bar with words over it. */
import { element, setAttributes, setText } from '../common/dom.ts';
import { formatCount, formatShare, sentence } from '../common/format.ts';

export class ProgressBar {
  readonly element: HTMLElement;
  readonly #start = element('span');
  readonly #end = element('span');
  readonly #fill = element('div', { class: 'bar-fill' });
  readonly #bar: HTMLElement;

  constructor(label: string) {
    this.#bar = element('div', { class: 'bar', role: 'progressbar', 'aria-label': label }, this.#fill);
    this.element = element(
      'div',
      { class: 'progress numbers' },
      element('div', { class: 'progress-words' }, this.#start, this.#end),
      this.#bar,
    );
  }

  /** `share` of 1; undefined where nobody knows. */
  show(share: number | undefined, start: string, end: string): void {
    const known = share === undefined ? undefined : Math.min(1, Math.max(0, share));
    setText(this.#start, start);
    setText(this.#end, end);
    this.#bar.classList.toggle('unknown', known === undefined);
    this.#fill.style.width = known === undefined ? '' : `${(known * 100).toFixed(2)}%`;
    setAttributes(this.#bar, {
      'aria-valuenow': known === undefined ? undefined : Math.floor(known * 100),
      'aria-valuetext': [start, end].filter(Boolean).join(', '),
    });
  }

  /** Work that comes before steps. */
  showWork({ phase, done, total }: { phase: string; done: number; total?: number | undefined }): void {
    const share = total === undefined || total === 0 ? undefined : done / total;
    const end = share === undefined ? (done > 0 ? formatCount(done) : '') : formatShare(share);
    this.show(share, `${sentence(phase).slice(0, -1)}…`, end);
  }
}
