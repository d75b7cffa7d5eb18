import type { Client } from '../../worker/protocol/rpc.ts';
import { onThemeChange } from '../common/chart-theme.ts';
import type { PageState } from '../common/connection.ts';
import { button, type ButtonControl } from '../common/controls.ts';
import { element, setText, show } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import { notice, NoticePlace } from '../common/notice.ts';
import { Section } from '../common/section.ts';
import type {
  ADAPTER_PAGE_METHODS,
  AdapterEvent,
  AdapterPageState,
  AdapterReport,
  AdapterState,
  Comparison,
} from '../protocol/adapter.ts';
import { type Problem, problemOf } from '../protocol/problem.ts';
import { ComparisonView } from './comparison.ts';
import { LossCurve, Spectrum } from './curves.ts';
import { factsOf, gainText, shareOf } from './facts.ts';
import { Norms } from './norms.ts';
import { SamplePairs } from './pairs.ts';

const SECTIONS = {
  compare: 'Base and adapter',
  curves: 'Curves',
  updates: 'What it changes',
  samples: 'Samples',
} as const;

/** Ties the parts of the page to each other and to the host. */
export class AdapterPage {
  readonly element: HTMLElement;
  readonly #host: Client<typeof ADAPTER_PAGE_METHODS>;
  readonly #memory: PageState<AdapterPageState>;
  readonly #say: (text: string) => void;
  readonly #title = element('h1');
  readonly #about = element('p', { class: 'dim numbers' });
  readonly #problem = new NoticePlace();
  /** Of something that the user asked for; it stays until they ask again. */
  readonly #failure = new NoticePlace();
  readonly #facts = element('dl', { class: 'facts numbers', 'aria-label': 'Figures' });
  readonly #use: ButtonControl;
  readonly #compare: ButtonControl;
  readonly #loss = new LossCurve();
  readonly #norms: Norms;
  readonly #spectrum = new Spectrum();
  readonly #samples = new SamplePairs();
  readonly #comparison = new ComparisonView();
  readonly #sections: Readonly<Record<keyof typeof SECTIONS, Section>>;
  /** What the heat map shows: it is drawn anew for another report only. */
  #report: AdapterReport | undefined;
  #reportKey = '';

  constructor(
    host: Client<typeof ADAPTER_PAGE_METHODS>,
    memory: PageState<AdapterPageState>,
    say: (text: string) => void,
  ) {
    this.#host = host;
    this.#memory = memory;
    this.#say = say;
    const ask = (answer: () => Promise<unknown>) => () => void this.#ask(answer());
    this.#use = button({
      label: 'Use for Completion',
      icon: 'sparkle',
      kind: 'primary',
      press: ask(() => host.call('useForCompletion', {})),
    });
    this.#compare = button({
      label: 'Compare at the Cursor',
      icon: 'diff',
      press: ask(() => host.call('compare', {})),
    });
    const merge = button({ label: 'Merge…', icon: 'git-merge', press: ask(() => host.call('merge', {})) });
    const attention = button({
      label: 'Attention',
      icon: 'eye',
      press: ask(() => host.call('showAttention', {})),
    });
    this.#norms = new Norms((module) => this.#choose(module));
    this.#sections = {
      compare: this.#section('compare', this.#comparison.element),
      curves: this.#section('curves', this.#loss.element),
      updates: this.#section(
        'updates',
        element('div', { class: 'updates' }, this.#norms.element, this.#spectrum.element),
      ),
      samples: this.#section('samples', this.#samples.element),
    };
    this.element = element(
      'div',
      { class: 'adapter-page' },
      element(
        'header',
        {},
        this.#title,
        this.#about,
        this.#problem.element,
        this.#failure.element,
        this.#facts,
        element(
          'div',
          { class: 'actions' },
          ...[this.#use, this.#compare, merge, attention].map((control) => control.element),
        ),
      ),
      ...Object.values(this.#sections).map((section) => section.element),
    );
    for (const section of Object.values(this.#sections)) show(section.element, false);
    onThemeChange(() => this.#norms.themeChanged());
  }

  /** Takes what the host tells. */
  receive(event: AdapterEvent): void {
    if (event.type === 'state') this.#setState(event.state);
    else this.#setComparison(event.comparison);
  }

  /** Shows what went wrong with something that the user asked for. */
  fail(error: unknown): void {
    const problem = problemOf(error);
    this.#failure.show(JSON.stringify(problem), () => notice('error', problem));
  }

  #setState(state: AdapterState): void {
    const { path, name, report, run, problem, writes, inUse } = state;
    this.#memory.change({ path });
    setText(this.#title, name);
    setText(this.#about, aboutText(state));
    show(this.#use.element, writes && !inUse);
    show(this.#compare.element, writes && report !== undefined);
    if (problem === undefined) this.#problem.clear();
    else this.#tell(problem);
    this.#showFacts(state);
    show(this.#sections.curves.element, (run?.series.points.length ?? 0) > 0);
    if (run !== undefined) this.#loss.show(run);
    show(this.#sections.samples.element, (run?.series.samples.length ?? 0) > 0);
    this.#samples.show(run?.series.samples ?? []);
    show(this.#sections.updates.element, report !== undefined);
    const key = JSON.stringify(report ?? null); // each message has an object of its own
    if (key === this.#reportKey) return;
    this.#reportKey = key;
    this.#report = report;
    if (report !== undefined) this.#showUpdates(report);
  }

  #showFacts({ report, run }: AdapterState): void {
    const facts = report === undefined ? [] : factsOf(report, run);
    this.#facts.replaceChildren(
      ...facts.map(({ label, value, note }) =>
        element(
          'div',
          { class: 'fact' },
          element('dt', { class: 'dim' }, label),
          element('dd', { class: 'value' }, value),
          element('dd', { class: 'dim' }, note),
        ),
      ),
    );
  }

  /** The layer that was chosen before, or the one that changes most. */
  #showUpdates({ layers }: AdapterReport): void {
    const most = layers.reduce((best, layer) => (shareOf(layer) > shareOf(best) ? layer : best), layers[0]!);
    const { module } = this.#memory.value;
    const chosen = layers.find((layer) => layer.module === module) ?? most;
    this.#norms.show(layers, chosen.module);
    this.#spectrum.show(chosen);
  }

  #choose(module: string): void {
    this.#memory.change({ module });
    this.#norms.setChosen(module);
    this.#spectrum.show(this.#report?.layers.find((layer) => layer.module === module));
  }

  #setComparison(comparison: Comparison): void {
    show(this.#sections.compare.element, true);
    this.#comparison.show(comparison);
    const gain = gainText(comparison);
    if (gain !== undefined) this.#say(gain);
  }

  #section(name: keyof typeof SECTIONS, ...content: HTMLElement[]): Section {
    const { value } = this.#memory;
    const toggled = (open: boolean): void =>
      this.#memory.change({ open: { ...this.#memory.value.open, [name]: open } });
    const section = new Section({ title: SECTIONS[name], toggled }, ...content);
    section.open = value.open[name] ?? true;
    return section;
  }

  async #ask(answer: Promise<unknown>): Promise<void> {
    this.#failure.clear();
    try {
      await answer;
    } catch (error) {
      this.fail(error);
    }
  }

  #tell(problem: Problem): void {
    const retry = (): void => void this.#ask(this.#host.call('retry', {}));
    this.#problem.show(JSON.stringify(problem), () =>
      notice('error', problem, button({ label: 'Try Again', press: retry }).element),
    );
  }
}

function aboutText({ report, run, inUse }: AdapterState): string {
  const at = run === undefined ? report?.step : run.step;
  return [
    ...(report === undefined ? [] : [`adapter of ${report.baseName}`]),
    ...(at === undefined
      ? []
      : [`step ${formatCount(at)}${run === undefined ? '' : ` of ${formatCount(run.steps)}`}`]),
    ...(run === undefined ? [] : [run.status]),
    ...(inUse ? ['used for completion'] : []),
    ...(report === undefined && run !== undefined
      ? ['its updates are shown from the first checkpoint on']
      : []),
  ].join(' · ');
}
