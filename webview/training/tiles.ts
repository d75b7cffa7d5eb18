/** The newest figures of a run. Their places stay where they are while the figures change. */
import { element, setText } from '../common/dom.ts';
import {
  formatBytes,
  formatCount,
  formatLoss,
  formatNumber,
  formatRate,
  formatShort,
} from '../common/format.ts';
import type { CurrentRun, Point } from '../protocol/training.ts';
import { scoreLabel } from '../protocol/scores.ts';
import { scoreNames, scoreText } from '../common/scores.ts';

const NONE = '–';

interface Figure {
  readonly label: string;
  /** What it says of a run. */
  readonly read: (run: CurrentRun) => string;
}

/** In their order: what every run has. */
const FIGURES: readonly Figure[] = [
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

/** Steps in float16 whose gradients overflowed. */
const SKIPPED: Figure = { label: 'Skipped', read: ofLast(({ skipped = 0 }) => formatCount(skipped)) };

export class Tiles {
  readonly element: HTMLElement;
  #labels: readonly string[] = [];
  #values: readonly HTMLElement[] = [];

  constructor() {
    this.element = element('dl', { class: 'tiles numbers', 'aria-label': 'Newest figures' });
    this.#draw(FIGURES);
  }

  update(run: CurrentRun): void {
    const figures = figuresOf(run);
    if (figures.map(({ label }) => label).join() !== this.#labels.join()) this.#draw(figures);
    figures.forEach(({ read }, i) => setText(this.#values[i]!, read(run)));
  }

  #draw(figures: readonly Figure[]): void {
    this.#labels = figures.map(({ label }) => label);
    this.#values = figures.map(() => element('dd', { class: 'tile-value' }));
    this.element.replaceChildren(...this.#labels.map((label, i) => tile(label, this.#values[i]!)));
  }
}

/** Those of all runs, of float16, and of the objective's scores, which are known from the first evaluation on. */
function figuresOf({ series: { points, evaluations } }: CurrentRun): Figure[] {
  const isScaled = points.at(-1)?.skipped !== undefined;
  return [...FIGURES, ...(isScaled ? [SKIPPED] : []), ...scoreNames(evaluations).map(scoreFigure)];
}

function scoreFigure(name: string): Figure {
  return {
    label: scoreLabel(name),
    read: ({ series: { evaluations } }) => {
      const newest = evaluations.findLast(({ metrics }) => metrics?.[name] !== undefined);
      return scoreText(name, newest!.metrics![name]!);
    },
  };
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
