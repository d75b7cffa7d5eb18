/** The newest figures of a run. Their places stay where they are while the figures change. */
import { element, setText } from '../common/dom.ts';
import { formatBytes, formatLoss, formatNumber, formatRate, formatShort } from '../common/format.ts';
import type { CurrentRun, Point } from '../protocol/training.ts';
import { scoreLabel } from '../protocol/scores.ts';
import { scoreNames, scoreText } from '../common/scores.ts';

const NONE = '–';

/** In their order: what each says of a run. */
const TILES: readonly { readonly label: string; readonly read: (run: CurrentRun) => string }[] = [
  { label: 'Loss', read: ({ summary: { loss } }) => (loss === undefined ? NONE : formatLoss(loss)) },
  {
    label: 'Validation',
    read: ({ summary: { valLoss } }) => (valLoss === undefined ? NONE : formatLoss(valLoss)),
  },
  { label: 'Tokens/s', read: ofLast(({ tokensPerSecond }) => formatShort(tokensPerSecond)) },
  { label: 'LR', read: ofLast(({ learningRate }) => formatRate(learningRate)) },
  { label: 'Grad norm', read: ofLast(({ gradientNorm }) => formatNumber(gradientNorm)) },
  { label: 'Memory', read: ofLast(({ memoryBytes }) => formatBytes(memoryBytes)) },
];

export class Tiles {
  readonly element: HTMLElement;
  readonly #values = TILES.map(() => element('dd', { class: 'tile-value' }));
  /** Of the objective's scores, which are known from the first evaluation on. */
  #scores: readonly { readonly name: string; readonly value: HTMLElement }[] = [];

  constructor() {
    this.element = element('dl', { class: 'tiles numbers', 'aria-label': 'Newest figures' });
    this.#draw();
  }

  update(run: CurrentRun): void {
    TILES.forEach(({ read }, i) => setText(this.#values[i]!, read(run)));
    const { evaluations } = run.series;
    const names = scoreNames(evaluations);
    if (names.join() !== this.#scores.map(({ name }) => name).join()) {
      this.#scores = names.map((name) => ({ name, value: element('dd', { class: 'tile-value' }) }));
      this.#draw();
    }
    for (const { name, value } of this.#scores) {
      const newest = evaluations.findLast(({ metrics }) => metrics?.[name] !== undefined);
      setText(value, scoreText(name, newest!.metrics![name]!));
    }
  }

  #draw(): void {
    this.element.replaceChildren(
      ...TILES.map(({ label }, i) => tile(label, this.#values[i]!)),
      ...this.#scores.map(({ name, value }) => tile(scoreLabel(name), value)),
    );
  }
}

function tile(label: string, value: HTMLElement): HTMLElement {
  return element('div', { class: 'tile' }, element('dt', { class: 'dim', title: label }, label), value);
}

function ofLast(format: (point: Point) => string): (run: CurrentRun) => string {
  return ({ series }) => {
    const point = series.points.at(-1);
    return point === undefined ? NONE : format(point);
  };
}
