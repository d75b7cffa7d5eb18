/** What a run's status means to those who look at it. */
import { isActive } from '../protocol/run-rules.ts';
import { writes } from '../protocol/objectives.ts';
import type { RunStatus, RunSummary } from '../protocol/training.ts';

export { canResume, isActive } from '../protocol/run-rules.ts';

export interface StatusLook {
  readonly label: string;
  /** Of VS Code's icons. */
  readonly icon: string;
}

const LOOKS: Readonly<Record<RunStatus, StatusLook>> = {
  preparing: { label: 'Preparing', icon: 'loading' },
  running: { label: 'Training', icon: 'loading' },
  paused: { label: 'Paused', icon: 'debug-pause' },
  stopping: { label: 'Stopping', icon: 'loading' },
  completed: { label: 'Completed', icon: 'pass' },
  stopped: { label: 'Stopped', icon: 'stop-circle' },
  interrupted: { label: 'Interrupted', icon: 'debug-disconnect' },
  failed: { label: 'Failed', icon: 'error' },
  elsewhere: { label: 'Training elsewhere', icon: 'remote' },
};

export function lookOf(status: RunStatus): StatusLook {
  return LOOKS[status];
}

/** Whether there are weights to use. */
export function hasModel({ status, best, step }: RunSummary): boolean {
  return best !== undefined || (step > 0 && !isActive(status));
}

/** Whether completion can use it: it has weights, and has learned to write. */
export function canComplete(run: RunSummary): boolean {
  return hasModel(run) && writes(run.objective);
}

/** Whether nobody works on it. */
export function canDelete({ status }: RunSummary): boolean {
  return !isActive(status) && status !== 'elsewhere';
}
