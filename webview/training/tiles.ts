/** The newest figures of a run. Their places stay where they are while the figures change. */
import { element, setText } from '../common/dom.ts';
import { formatBytes, formatLoss, formatNumber, formatRate, formatShort } from '../common/format.ts';
import type { CurrentRun, Point } from '../protocol/training.ts';

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

  constructor() {
    this.element = element(
      'dl',
      { class: 'tiles numbers', 'aria-label': 'Newest figures' },
      ...TILES.map(({ label }, i) =>
        element('div', { class: 'tile' }, element('dt', { class: 'dim' }, label), this.#values[i]),
      ),
    );
  }

  update(run: CurrentRun): void {
    TILES.forEach(({ read }, i) => setText(this.#values[i]!, read(run)));
  }
}

function ofLast(format: (point: Point) => string): (run: CurrentRun) => string {
  return ({ series }) => {
    const point = series.points.at(-1);
    return point === undefined ? NONE : format(point);
  };
}
