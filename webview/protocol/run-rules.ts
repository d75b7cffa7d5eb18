/** What can be done with a run, as the page and the editor's own views see it. */
import type { RunStatus, RunSummary } from './training.ts';

/** Whether this window's worker has the run. */
export function isActive(status: RunStatus): boolean {
  return status === 'preparing' || status === 'running' || status === 'paused' || status === 'stopping';
}

/** Whether it can go on: it has trained some of its steps, and has some left. */
export function canResume({ status, step, steps }: RunSummary): boolean {
  const stands = status === 'interrupted' || status === 'stopped' || status === 'failed';
  return stands && step > 0 && step < steps;
}
