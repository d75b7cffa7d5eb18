/** What screen readers hear of a run: its start, evaluations, end and errors; not its steps. */
import { formatCount, formatLoss } from '../common/format.ts';
import type { CurrentRun, RunStatus, TrainingState } from '../protocol/training.ts';

/** What is to be said about a change, if anything. */
export function announcement(
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
  const evaluation = is.series.evaluations.at(-1);
  if (evaluation === undefined || evaluation.step === was.series.evaluations.at(-1)?.step) return undefined;
  const best = evaluation.best ? ', the best so far' : '';
  return `Step ${formatCount(evaluation.step)}: validation loss ${formatLoss(evaluation.valLoss)}${best}`;
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
      const found = best === undefined ? '' : `, best validation loss ${formatLoss(best.valLoss)}`;
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
