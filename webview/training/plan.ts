/** What a run would take, before it starts: shown on request. */
import { button } from '../common/controls.ts';
import { element, icon, show } from '../common/dom.ts';
import { formatCount, formatFiles } from '../common/format.ts';
import type { Setup, TrainingPlan } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import { quietNotice } from '../common/notice.ts';
import { leftOutRows, memoryFit, planFacts } from './plan-facts.ts';
import { Notes } from './notes.ts';
import { ProgressBar } from './progress-bar.ts';

export class PlanView {
  readonly element: HTMLElement;
  readonly #progress = new ProgressBar('Looking at the data');
  readonly #working: HTMLElement;
  readonly #result = element('div', { class: 'plan-result' });
  readonly #notes = new Notes();
  /** What is shown; the host sends a new object only for a new plan. */
  #shown = '';
  /** Whether it was being made when it was last shown. */
  #asked = false;

  constructor(actions: Actions) {
    const cancel = button({ label: 'Cancel', press: () => actions.ask('cancelPlan') });
    this.#working = element('div', { class: 'plan-working' }, this.#progress.element, cancel.element);
    this.element = element(
      'div',
      { class: 'plan', role: 'region', 'aria-label': 'Plan' },
      this.#working,
      this.#result,
    );
  }

  update({ plan, planning, planProblem }: Setup): void {
    show(this.#working, planning !== undefined);
    if (planning !== undefined) this.#progress.showWork(planning);
    const key = JSON.stringify([plan, planProblem, planning === undefined]);
    if (key === this.#shown) return;
    this.#shown = key;
    const shown = planning === undefined ? content(plan, planProblem) : [];
    this.#notes.update(plan?.notes ?? []);
    this.#result.replaceChildren(...shown, ...(plan === undefined ? [] : [this.#notes.element]));
    // asked for at the end of a form that may fill the view
    if (this.#asked) this.element.scrollIntoView({ block: 'nearest' });
    this.#asked = planning !== undefined;
  }
}

function content(plan: TrainingPlan | undefined, problem: Setup['planProblem']): HTMLElement[] {
  if (problem !== undefined) return [quietNotice('error', problem)];
  if (plan === undefined) return [];
  const facts = planFacts(plan).flatMap(({ name, value, more }) => [
    element('dt', {}, name),
    element('dd', {}, value, more === undefined ? undefined : element('span', { class: 'dim' }, `, ${more}`)),
  ]);
  return [
    element(
      'dl',
      { class: 'facts numbers' },
      ...facts,
      element('dt', {}, 'Memory'),
      element('dd', {}, memory(plan)),
    ),
    ...leftOut(plan),
  ];
}

function memory(plan: TrainingPlan): HTMLElement {
  const { share, level, text } = memoryFit(plan);
  const fill = element('div', { class: 'bar-fill' });
  fill.style.width = `${Math.min(1, share) * 100}%`;
  const mark = level === 'fits' ? 'pass' : level === 'tight' ? 'warning' : 'error';
  return element(
    'div',
    { class: 'memory' },
    element('span', {}, icon(mark), ` ${text}`),
    element('div', { class: 'bar', 'aria-hidden': 'true' }, fill),
  );
}

function leftOut({ leftOut }: TrainingPlan): HTMLElement[] {
  const rows = leftOutRows(leftOut);
  if (rows.length === 0) return [];
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  return [
    element(
      'details',
      { class: 'left-out' },
      element('summary', {}, `${formatFiles(total)} left out`),
      element(
        'dl',
        { class: 'facts numbers' },
        ...rows.flatMap(([reason, count]) => [
          element('dt', {}, reason),
          element('dd', {}, formatCount(count)),
        ]),
      ),
    ),
  ];
}
