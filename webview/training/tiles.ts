/** The newest figures of a run. Their places stay where they are while the figures change. */
import { element, setText } from '../common/dom.ts';
import { formatBytes, formatLoss, formatNumber, formatRate, formatShort } from '../common/format.ts';
import type { CurrentRun } from '../protocol/training.ts';

interface TileText {
  readonly value: string;
  readonly more?: string | undefined;
}

const NONE = '–';

/** In their order: what each says of a run. */
const TILES: readonly { readonly label: string; readonly read: (run: CurrentRun) => TileText }[] = [
  {
    label: 'Loss',
    read: ({ summary: { loss } }) => ({ value: loss === undefined ? NONE : formatLoss(loss) }),
  },
  {
    label: 'Validation',
    read: ({ summary: { valLoss, best } }) => ({
      value: valLoss === undefined ? NONE : formatLoss(valLoss),
      more:
        best === undefined
          ? undefined
          : valLoss === best.valLoss
            ? 'best'
            : `best ${formatLoss(best.valLoss)}`,
    }),
  },
  { label: 'Tokens/s', read: (run) => last(run, ({ tokensPerSecond }) => formatShort(tokensPerSecond)) },
  { label: 'LR', read: (run) => last(run, ({ learningRate }) => formatRate(learningRate)) },
  { label: 'Grad norm', read: (run) => last(run, ({ gradientNorm }) => formatNumber(gradientNorm)) },
  { label: 'Memory', read: (run) => last(run, ({ memoryBytes }) => formatBytes(memoryBytes)) },
];

export class Tiles {
  readonly element: HTMLElement;
  readonly #values = TILES.map(() => element('dd', { class: 'tile-value' }));
  readonly #mores = TILES.map(() => element('dd', { class: 'tile-more dim' }));

  constructor() {
    this.element = element(
      'div',
      { class: 'tiles numbers', role: 'group', 'aria-label': 'Newest figures' },
      ...TILES.map(({ label }, i) =>
        element(
          'dl',
          { class: 'tile' },
          element('dt', { class: 'tile-label dim' }, label),
          this.#values[i],
          this.#mores[i],
        ),
      ),
    );
  }

  update(run: CurrentRun): void {
    TILES.forEach(({ read }, i) => {
      const { value, more } = read(run);
      setText(this.#values[i]!, value);
      setText(this.#mores[i]!, more ?? '');
    });
  }
}

function last(
  { series: { points } }: CurrentRun,
  read: (point: CurrentRun['series']['points'][number]) => string,
): TileText {
  const point = points.at(-1);
  return { value: point === undefined ? NONE : read(point) };
}
