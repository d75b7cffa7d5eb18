/** The training page: the current run, the form of the next one, and all runs there are. */
import { button, type ButtonControl } from '../common/controls.ts';
import { element, show } from '../common/dom.ts';
import { LiveRegion } from '../common/live-region.ts';
import { Section } from '../common/section.ts';
import { throttled } from '../common/throttle.ts';
import type { TrainingEvent, TrainingState } from '../protocol/training.ts';
import type { Problem } from '../protocol/problem.ts';
import type { Actions } from './actions.ts';
import { Announcer } from './announce.ts';
import { Charts } from './charts.ts';
import { Experts } from './experts.ts';
import { RunForm } from './form.ts';
import { History } from './history.ts';
import { keepFocus } from './keep-focus.ts';
import { notice, NoticePlace } from '../common/notice.ts';
import { Overlay } from './overlay.ts';
import type { Memory } from './page-state.ts';
import { PlanView } from './plan.ts';
import { isActive } from './run-status.ts';
import { ReportView } from './report.ts';
import { RunView } from './run.ts';
import { Samples } from './samples.ts';
import { nextState } from './state.ts';

/** Between two drawings while a run goes on. */
const INTERVAL_MS = 250;

export class TrainingPage {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #memory: Memory;
  readonly #live = new LiveRegion();
  readonly #announcer = new Announcer();
  readonly #problem = new NoticePlace();
  readonly #trust = new NoticePlace();
  readonly #waiting = element('p', { class: 'waiting dim' }, 'Waiting for Cloze…');
  readonly #run: RunView;
  readonly #charts: Charts;
  readonly #experts = new Experts();
  readonly #report = new ReportView();
  readonly #samples = new Samples();
  readonly #form: RunForm;
  readonly #plan: PlanView;
  readonly #history: History;
  readonly #overlay: Overlay;
  readonly #start: ButtonControl;
  readonly #look: ButtonControl;
  readonly #sections: Readonly<
    Record<'run' | 'report' | 'charts' | 'experts' | 'samples' | 'form' | 'history', Section>
  >;
  readonly #redraw = throttled(INTERVAL_MS, () => this.#draw());
  #state: TrainingState | undefined;

  constructor(actions: Actions, memory: Memory) {
    this.#actions = actions;
    this.#memory = memory;
    this.#run = new RunView(actions);
    this.#charts = new Charts(memory);
    this.#form = new RunForm(actions, memory);
    this.#plan = new PlanView(actions);
    this.#overlay = new Overlay(actions, memory, () => this.#draw());
    this.#history = new History(actions, memory, this.#overlay);
    this.#start = button({
      label: 'Start training',
      icon: 'play',
      kind: 'primary',
      press: () => void this.#askWithForm('start'),
    });
    this.#look = button({
      label: 'Look at data',
      icon: 'search',
      press: () => void this.#askWithForm('plan'),
    });
    const formActions = element('div', { class: 'actions' }, this.#start.element, this.#look.element);
    this.#sections = {
      run: this.#section('run', 'Run', this.#run.element),
      report: this.#section('report', 'Report', this.#report.element),
      charts: this.#section('charts', 'Curves', this.#charts.element),
      experts: this.#section('experts', 'Experts', this.#experts.element),
      samples: this.#section('samples', 'Samples', this.#samples.element),
      form: this.#section('form', 'New run', this.#form.element, formActions, this.#plan.element),
      history: this.#section('history', 'History', this.#history.element),
    };
    this.element = element(
      'div',
      { class: 'training' },
      element('h1', { class: 'visually-hidden' }, 'Training'),
      this.#live.element,
      this.#problem.element,
      this.#trust.element,
      this.#waiting,
      ...Object.values(this.#sections).map((section) => section.element),
    );
    this.#draw();
  }

  /** Takes what the host tells. */
  receive(event: TrainingEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    const said = this.#announcer.hear(before, this.#state);
    if (said !== undefined) this.#live.say(said);
    if (before === undefined) {
      this.#draw();
      scrollTo(0, this.#memory.value.scroll);
    } else this.#redraw();
  }

  /** Something that the user asked for could not be. */
  report(problem: Problem): void {
    const dismiss = button({ label: 'Dismiss', press: () => this.clearProblem() });
    this.#problem.show(JSON.stringify(problem), () => notice('error', problem, dismiss.element));
  }

  /** What could not be is past once the user asks for something else. */
  clearProblem(): void {
    keepFocus(this.element, () => this.#problem.clear());
  }

  /** For screen readers. */
  say(text: string): void {
    this.#live.say(text);
  }

  async #askWithForm(name: 'start' | 'plan'): Promise<void> {
    this.clearProblem();
    if (await this.#form.send()) this.#actions.ask(name);
  }

  #draw(): void {
    const state = this.#state;
    show(this.#waiting, state === undefined);
    for (const section of Object.values(this.#sections)) show(section.element, state !== undefined);
    if (state !== undefined) keepFocus(this.element, () => this.#drawState(state));
  }

  #drawState(state: TrainingState): void {
    const { trusted, current, history, planning } = state;
    const active = current !== undefined && isActive(current.summary.status);
    const { run, report, charts, experts, samples, form } = this.#sections;
    const evaluation = current?.series.evaluations.at(-1);
    this.#drawTrust(trusted);
    show(run.element, current !== undefined);
    show(report.element, current?.series.report !== undefined);
    show(charts.element, current !== undefined && current.series.points.length > 0);
    show(experts.element, evaluation?.routing !== undefined);
    show(samples.element, current !== undefined && current.series.samples.length > 0);
    show(form.element, trusted);
    this.#openAsChosen(current === undefined);
    if (current !== undefined) {
      this.#run.update(current);
      this.#charts.update(current, this.#overlay.runs(history, current.summary.path));
      this.#report.update(current.series.report);
      if (evaluation !== undefined) this.#experts.update(evaluation);
      this.#samples.update(current.series.samples);
    }
    this.#form.update(state, !active);
    this.#plan.update(state);
    this.#start.enable(!active);
    this.#look.enable(!active && planning === undefined);
    this.#history.update(history, current?.summary.path);
  }

  /** Sections are as the user left them; until then what is of use is open. */
  #openAsChosen(formFirst: boolean): void {
    const chosen = this.#memory.value.open;
    for (const [name, section] of Object.entries(this.#sections)) {
      section.open = chosen[name] ?? (name !== 'form' || formFirst);
    }
  }

  #drawTrust(trusted: boolean): void {
    if (trusted) this.#trust.clear();
    else this.#trust.show('untrusted', () => this.#trustNotice());
  }

  #trustNotice(): HTMLElement {
    const manage = button({ label: 'Manage trust', press: () => this.#actions.ask('manageTrust') });
    const message = 'This workspace is not trusted, so nothing is trained on it';
    return notice('warning', { message, hint: 'Earlier runs can still be looked at' }, manage.element);
  }

  #section(name: string, title: string, ...content: HTMLElement[]): Section {
    const toggled = (open: boolean): void =>
      this.#memory.change({ open: { ...this.#memory.value.open, [name]: open } });
    return new Section({ title, toggled }, ...content);
  }
}
