/** What can be done with the selected run of the history. */
import { button, type ButtonControl } from '../common/controls.ts';
import { element } from '../common/dom.ts';
import type { RunSummary } from '../protocol/training.ts';
import type { Actions } from './actions.ts';
import { canComplete, canDelete, canResume } from './run-status.ts';

interface Act {
  readonly control: ButtonControl;
  readonly possible: (run: RunSummary, current: string | undefined) => boolean;
}

export class HistoryActions {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #acts: readonly Act[];
  #run: RunSummary | undefined;

  constructor(actions: Actions) {
    this.#actions = actions;
    const of = (name: Parameters<Actions['askOf']>[0]) => () => {
      if (this.#run !== undefined) actions.askOf(name, this.#run.path);
    };
    const act = (label: string, icon: string, press: () => void, possible: Act['possible']): Act => ({
      control: button({ label, icon, kind: 'icon', press }),
      possible,
    });
    this.#acts = [
      act('Show run', 'graph-line', of('show'), ({ path }, current) => path !== current),
      act('Use for completion', 'sparkle', of('useForCompletion'), (run) => canComplete(run) && !run.inUse),
      act('Resume', 'debug-continue', of('resume'), canResume),
      act('Open folder', 'folder-opened', of('openFolder'), () => true),
      act('Delete run', 'trash', () => this.remove(), canDelete),
    ];
    this.element = element(
      'div',
      { class: 'history-actions', role: 'toolbar', 'aria-label': 'Selected run' },
      ...this.#acts.map(({ control }) => control.element),
    );
  }

  update(run: RunSummary | undefined, current: string | undefined): void {
    this.#run = run;
    for (const { control, possible } of this.#acts)
      control.enable(run !== undefined && possible(run, current));
  }

  /** The host asks first. */
  remove(): void {
    if (this.#run !== undefined && canDelete(this.#run)) this.#actions.askOf('remove', this.#run.path);
  }
}
