/** What screen readers hear of a run: its start, best evaluations, end and errors; not its steps. */
import { formatCount } from '../common/format.ts';
import { chosenBy } from '../protocol/scores.ts';
import type { CurrentRun, RunStatus, TrainingState } from '../protocol/training.ts';
import { reportSummary } from './report-facts.ts';

/** Between two evaluations that are told: others are in the chart. */
const BEST_INTERVAL_MS = 30_000;

/** Hears the changes of a page. */
export class Announcer {
  #bestAt = -Infinity;

  /** What is to be said about a change, if anything. */
  hear(before: TrainingState | undefined, after: TrainingState | undefined): string | undefined {
    const said = announcement(before, after);
    if (said !== undefined) return said;
    const best = newBest(before, after);
    if (best === undefined || Date.now() - this.#bestAt < BEST_INTERVAL_MS) return undefined;
    this.#bestAt = Date.now();
    return best;
  }
}

function announcement(
  before: TrainingState | undefined,
  after: TrainingState | undefined,
): string | undefined {
  const problem = after?.planProblem?.message;
  if (before !== undefined && problem !== undefined && problem !== before.planProblem?.message)
    return problem;
  if (before?.planning !== undefined && after?.plan !== undefined) return 'The plan is ready';
  const was = before?.current;
  const is = after?.current;
  if (before === undefined || is === undefined) return undefined;
  const sameRun = was?.summary.path === is.summary.path;
  if (!sameRun) return is.summary.status === 'preparing' ? 'Preparing to train' : undefined;
  if (was.summary.status !== is.summary.status) return ofStatus(was.summary.status, is);
  const { report } = is.series;
  return report === undefined || was.series.report !== undefined ? undefined : reportSummary(report);
}

function newBest(before: TrainingState | undefined, after: TrainingState | undefined): string | undefined {
  const was = before?.current;
  const is = after?.current;
  const evaluation = is?.series.evaluations.at(-1);
  if (was?.summary.path !== is?.summary.path || evaluation?.best !== true) return undefined;
  if (evaluation.step === was?.series.evaluations.at(-1)?.step) return undefined;
  return `Step ${formatCount(evaluation.step)}: ${chosenBy(evaluation)}, the best so far`;
}

function ofStatus(before: RunStatus, { summary, problem }: CurrentRun): string | undefined {
  const { status, step, best } = summary;
  switch (status) {
    case 'running':
      return before === 'paused' ? 'Training goes on' : 'Training has begun';
    case 'paused':
      return `Paused at step ${formatCount(step)}`;
    case 'completed':
    case 'stopped': {
      const found = best === undefined ? '' : `, best ${chosenBy(best)}`;
      return `Training ${status} at step ${formatCount(step)}${found}`;
    }
    case 'failed':
      return `Training failed: ${problem?.message ?? 'no reason is known'}`;
    case 'interrupted':
      return `Training was interrupted at step ${formatCount(step)}`;
    case 'preparing':
    case 'stopping':
    case 'elsewhere':
      return undefined;
  }
}
