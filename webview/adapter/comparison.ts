/** Base and adapter at a place in a document: what each writes there, and which of its tokens each foretells better. */
import { element } from '../common/dom.ts';
import { notice } from '../common/notice.ts';
import type { ComparedSide, Comparison } from '../protocol/adapter.ts';
import { gainText } from './facts.ts';
import { column, sideBySide, written } from './pairs.ts';

/** Text before the cursor that is shown of the prompt, in UTF-16 units: little, so that what follows is seen at once. */
const SHOWN_PROMPT = 160;

/** A change that is marked, in nats: less is noise. */
const MARKED = 0.1;
/** A change of the strongest mark. */
const STRONGEST = 2;
const STRENGTHS = 4;

export class ComparisonView {
  readonly element = element('div', { class: 'comparison' });

  show(comparison: Comparison): void {
    const { prompt, base, adapter, problem } = comparison;
    const shown = prompt.slice(-SHOWN_PROMPT);
    const gain = gainText(comparison);
    this.element.replaceChildren(
      ...(problem === undefined ? [] : [notice('error', problem)]),
      sideBySide(side('Base', shown, base, problem), side('Adapter', shown, adapter, problem)),
      ...(gain === undefined ? [] : [element('p', { class: 'numbers' }, gain)]),
      ...(base === undefined || adapter === undefined ? [] : [legend(), tokens(base, adapter)]),
    );
  }
}

function side(title: string, prompt: string, side: ComparedSide | undefined, problem: unknown): HTMLElement {
  if (side !== undefined) return column(title, [written(prompt, side.text)]);
  const text = problem === undefined ? 'Writing…' : 'Nothing was written.';
  return column(title, [element('p', { class: 'dim' }, text)]);
}

function legend(): HTMLElement {
  return element(
    'p',
    {},
    'Marked tokens of the document: ',
    element('span', { class: 'better-4' }, 'likelier'),
    ' or ',
    element('span', { class: 'worse-4' }, 'less likely'),
    ' with the adapter.',
  );
}

function tokens(base: ComparedSide, adapter: ComparedSide): HTMLElement {
  const after = adapter.likelihood.tokens;
  return element(
    'pre',
    { class: 'tokens', role: 'region', 'aria-label': 'Tokens of the document', tabindex: 0 },
    ...base.likelihood.tokens.map(({ text, nats }, i) => {
      const gain = nats - (after[i]?.nats ?? nats);
      const title = `${nats.toFixed(2)} nats with the base, ${(nats - gain).toFixed(2)} with the adapter`;
      return element('span', { class: classOf(gain), title }, text);
    }),
  );
}

function classOf(gain: number): string | undefined {
  const size = Math.abs(gain);
  if (size < MARKED) return undefined;
  const strength = Math.min(STRENGTHS, Math.max(1, Math.ceil((STRENGTHS * size) / STRONGEST)));
  return `${gain > 0 ? 'better' : 'worse'}-${strength}`;
}
