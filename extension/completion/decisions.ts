/** What became of the last requests for a completion, with times, for "Why No Completion?". */
import type { Clock } from './clock.ts';

export interface Step {
  readonly what: string;
  /** Since the request came. */
  readonly ms: number;
}

export interface Decision {
  /** As Date.now() says it. */
  readonly time: number;
  /** File, line and column, for the user. */
  readonly place: string;
  readonly automatic: boolean;
  readonly steps: readonly Step[];
  /** Undefined while it is open. */
  readonly outcome: string | undefined;
  /** How often in a row this outcome came about: keys in quick succession. */
  readonly times: number;
}

/** Notes of one request. */
export interface Notes {
  readonly outcome: string | undefined;
  step(what: string): void;
  end(outcome: string): void;
  /** As {@link end}; joins the request before, if that ended the same way. */
  endAgain(outcome: string): void;
}

/** The most that are kept. */
const KEPT = 50;

export class Decisions {
  readonly #clock: Clock;
  #decisions: Decision[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest first. */
  all(): readonly Decision[] {
    return this.#decisions.toReversed();
  }

  begin(place: string, automatic: boolean): Notes {
    const began = this.#clock.now();
    const steps: Step[] = [];
    const step = (what: string): void => {
      steps.push({ what, ms: this.#clock.now() - began });
    };
    let decision: Decision = { time: Date.now(), place, automatic, steps, outcome: undefined, times: 1 };
    this.#decisions = [...this.#decisions, decision].slice(-KEPT);
    const change = (changed: Decision): void => {
      this.#decisions = this.#decisions.map((each) => (each === decision ? changed : each));
      decision = changed;
    };
    const end = (outcome: string): void => {
      step(outcome);
      change({ ...decision, outcome });
    };
    return {
      get outcome() {
        return decision.outcome;
      },
      step,
      end,
      endAgain: (outcome) => {
        const before = this.#decisions[this.#decisions.indexOf(decision) - 1];
        end(outcome);
        if (before?.outcome !== outcome || before.automatic !== automatic) return;
        this.#decisions = this.#decisions.filter((each) => each !== before);
        change({ ...decision, times: before.times + 1 });
      },
    };
  }
}

/** A page of text: the newest first, a line a step. Holds places and numbers, no text of the user. */
export function decisionsText(decisions: readonly Decision[]): string {
  if (decisions.length === 0) return 'No completion has been asked for since the window opened.\n';
  return decisions.map(decisionText).join('\n');
}

function decisionText({ time, place, automatic, steps, outcome, times }: Decision): string {
  const often = times > 1 ? ` (${times} times)` : '';
  const head = `${clockTime(time)}  ${place}  ${automatic ? 'while typing' : 'asked for'}${often}`;
  const lines = steps.map(({ what, ms }) => `${ms.toFixed(1).padStart(10)} ms  ${what}`);
  if (outcome === undefined) lines.push('               under way');
  return [head, ...lines, ''].join('\n');
}

function clockTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
