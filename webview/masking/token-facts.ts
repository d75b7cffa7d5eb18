/** What there is to say about a masked token and about all of them. */
import type { MaskedText, MaskedToken, MaskingMark } from '../../worker/protocol/masking.ts';
import { formatCount, formatLoss, formatShare } from '../common/format.ts';

/** What was done, in a word. */
const MARK_LABELS: Readonly<Record<MaskingMark, string>> = {
  untouched: 'untouched',
  masked: 'masked',
  replaced: 'replaced',
  kept: 'kept',
};

export function isChosen({ mark }: Pick<MaskedToken, 'mark'>): boolean {
  return mark !== 'untouched';
}

/** Whether the likeliest token is the one that stands in the text; undefined of a token that was not predicted. */
export function isRight({ mark, name, predictions }: MaskedToken): boolean | undefined {
  return isChosen({ mark }) && predictions.length > 0 ? predictions[0]!.name === name : undefined;
}

/** 83 %, 5.1 %, below 0.1 %. */
export function percent(probability: number): string {
  const share = 100 * probability;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  return `${share >= 10 || share === 0 ? Math.round(share) : share.toFixed(1)} %`;
}

/** What was done to a token: "replaced by sun". */
export function deed({ mark, shown }: MaskedToken): string {
  return mark === 'replaced' ? `replaced by ${shown}` : MARK_LABELS[mark];
}

/** How many were chosen, what was done to them, and how many the model has right. */
export function summaryText({ tokens, cut, chosen, right, loss }: MaskedText): string {
  const words = tokens.filter(({ special }) => !special);
  const done = (['masked', 'replaced', 'kept'] as const)
    .map((mark) => [mark, tokens.filter((token) => token.mark === mark).length] as const)
    .filter(([, count]) => count > 0)
    .map(([mark, count]) => `${formatCount(count)} ${mark}`);
  const all = `${formatCount(chosen)} of ${formatCount(words.length)} tokens chosen`;
  const what = done.length === 0 ? '' : `: ${done.join(', ')}`;
  const score =
    chosen === 0
      ? ''
      : ` The model has ${formatCount(right)} right (${formatShare(right / chosen)}), loss ${formatLoss(loss)}.`;
  const left = cut === 0 ? '' : ` ${formatCount(cut)} tokens at the end of the text had no room.`;
  return `${all}${what}.${score}${left}`;
}
