/** The current run: what it is, how far it is, and what can be done with it. */
import { button, type ButtonControl } from '../common/controls.ts';
import { element, icon, setAttribute, setText, show } from '../common/dom.ts';
import { formatCount, formatDuration, formatShare, formatShort } from '../common/format.ts';
import { OBJECTIVE_LABELS, writes } from '../protocol/objectives.ts';
import { chosenBy } from '../protocol/scores.ts';
import type { CurrentRun, RunSummary } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import { NoticePlace, quietNotice } from '../common/notice.ts';
import { Notes } from './notes.ts';
import { ProgressBar } from './progress-bar.ts';
import { canComplete, canResume, isActive, lookOf } from './run-status.ts';
import { Tiles } from './tiles.ts';

interface RunButton {
  readonly control: ButtonControl;
  readonly shown: (summary: RunSummary) => boolean;
  /** Where that depends. */
  readonly primary?: (summary: RunSummary) => boolean;
}

export class RunView {
  readonly element: HTMLElement;
  readonly #icon = icon('loading');
  readonly #status = element('span', { class: 'run-status' });
  readonly #name = element('span', { class: 'run-name' });
  readonly #about = element('p', { class: 'dim numbers' });
  readonly #best = element('p', { class: 'best numbers' });
  readonly #steps = new ProgressBar('Steps');
  readonly #time = new ProgressBar('Time');
  readonly #problem = new NoticePlace();
  readonly #notes = new Notes();
  readonly #tiles = new Tiles();
  readonly #buttons: readonly RunButton[];
  #path = '';

  constructor(actions: Actions) {
    this.#buttons = runButtons(actions, () => this.#path);
    this.element = element(
      'div',
      { class: 'run' },
      element('div', { class: 'run-head' }, this.#icon, this.#status, this.#name),
      this.#about,
      this.#problem.element,
      this.#steps.element,
      this.#time.element,
      element('div', { class: 'actions' }, ...this.#buttons.map(({ control }) => control.element)),
      this.#tiles.element,
      this.#best,
      this.#notes.element,
    );
  }

  update(run: CurrentRun): void {
    const { summary, notes } = run;
    const { path, name, status, model, objective, parameters, precision, best, inUse } = summary;
    this.#path = path;
    const look = lookOf(status);
    setAttribute(this.#icon, 'class', `codicon codicon-${look.icon} status-${status}`);
    setText(this.#status, look.label);
    setText(this.#name, name);
    const use = inUse ? ', used for completion' : '';
    const what = writes(objective) ? '' : `, ${OBJECTIVE_LABELS[objective].toLowerCase()}`;
    const half = precision === undefined ? '' : `, in ${precision}`;
    setText(this.#about, `${baseName(model)}${what}, ${formatShort(parameters)} parameters${half}${use}`);
    this.#showProblem(run);
    this.#showProgress(run);
    for (const { control, shown, primary } of this.#buttons) {
      show(control.element, shown(summary));
      if (primary !== undefined) control.setPrimary(primary(summary));
    }
    this.#tiles.update(run);
    show(this.#best, best !== undefined);
    if (best !== undefined) {
      // of other losses it says nothing
      const perplexity = writes(objective) ? ` (perplexity ${Math.exp(best.valLoss).toPrecision(3)})` : '';
      setText(this.#best, `Best checkpoint: step ${formatCount(best.step)}, ${chosenBy(best)}${perplexity}`);
    }
    this.#notes.update(notes);
  }

  #showProblem({ summary: { status, step }, problem }: CurrentRun): void {
    const shown = problem ?? problemOf(status, step);
    if (shown === undefined) this.#problem.clear();
    else {
      const kind = status === 'failed' ? 'error' : 'info';
      this.#problem.show(JSON.stringify([kind, shown]), () => quietNotice(kind, shown));
    }
  }

  #showProgress({ summary, progress, secondsLeft }: CurrentRun): void {
    const { step, steps, seconds, status } = summary;
    if (progress !== undefined) this.#steps.showWork(progress);
    else {
      const share = steps === 0 ? 0 : step / steps;
      this.#steps.show(share, `Step ${formatCount(step)} of ${formatCount(steps)}`, formatShare(share));
    }
    show(this.#time.element, isActive(status) && progress === undefined);
    const left = secondsLeft === undefined ? undefined : `${formatDuration(secondsLeft)} left`;
    const share = secondsLeft === undefined ? 0 : seconds / Math.max(1e-9, seconds + secondsLeft);
    this.#time.show(share, `${formatDuration(seconds)} trained`, left ?? '');
  }
}

function runButtons(actions: Actions, path: () => string): RunButton[] {
  const running = ({ status }: RunSummary): boolean => status === 'running';
  return [
    {
      control: button({ label: 'Pause', icon: 'debug-pause', press: () => actions.control('pause') }),
      shown: running,
    },
    {
      control: button({
        label: 'Go on',
        icon: 'debug-continue',
        kind: 'primary',
        press: () => actions.control('unpause'),
      }),
      shown: ({ status }) => status === 'paused',
    },
    {
      control: button({ label: 'Stop and keep', icon: 'debug-stop', press: () => actions.control('stop') }),
      shown: ({ status }) => status === 'running' || status === 'paused',
    },
    {
      control: button({ label: 'Cancel', press: () => actions.control('stop') }),
      shown: ({ status }) => status === 'preparing',
    },
    {
      control: button({
        label: 'Save now',
        icon: 'save',
        kind: 'icon',
        press: () => actions.control('save'),
      }),
      shown: running,
    },
    {
      control: button({
        label: 'Resume',
        icon: 'debug-continue',
        kind: 'primary',
        press: () => actions.askOf('resume', path()),
      }),
      shown: canResume,
    },
    {
      control: button({
        label: 'Use for completion',
        icon: 'sparkle',
        press: () => actions.askOf('useForCompletion', path()),
      }),
      shown: (summary) => canComplete(summary) && !isActive(summary.status) && !summary.inUse,
      primary: (summary) => !canResume(summary),
    },
    {
      control: button({
        label: 'Show adapter',
        icon: 'layers',
        press: () => actions.askOf('showAdapter', path()),
      }),
      shown: ({ hyperparameters, status }) =>
        hyperparameters.adapterRank !== undefined && status !== 'preparing',
    },
    {
      control: button({
        label: 'Open folder',
        icon: 'folder-opened',
        press: () => actions.askOf('openFolder', path()),
      }),
      shown: ({ status }) => !isActive(status),
    },
    {
      control: button({ label: 'Show log', icon: 'output', press: () => actions.ask('showLog') }),
      shown: ({ status }) => status === 'failed',
    },
  ];
}

/** What is to be said of a status by itself. */
function problemOf(
  status: RunSummary['status'],
  step: number,
): { message: string; hint?: string } | undefined {
  if (status === 'elsewhere') {
    return {
      message: 'Another window or a terminal trains this run',
      hint: 'It is shown here as far as its files tell, and can be paused and stopped there',
    };
  }
  if (status !== 'interrupted') return undefined;
  return step > 0
    ? { message: 'This run was interrupted', hint: 'It can go on from its last checkpoint' }
    : { message: 'This run was interrupted before its first checkpoint', hint: 'Begin it anew' };
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
