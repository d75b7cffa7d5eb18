import type { TestContext } from 'node:test';
import type { SuiteResult } from './bridge.ts';
import type { Window } from './host/window.ts';
import { keepPicture } from './session.ts';

/** Runs others than a test would, by a regular expression for their titles. */
const GREP = process.env.CLOZE_SUITES ?? null;

/**
 * Runs the mocha suites of test/vscode/suites/ inside a window; each of their tests counts as one of node:test's.
 * @param pattern a regular expression for the titles of those to run; all if none is given
 */
export async function runSuites(t: TestContext, window: Window, pattern?: string): Promise<void> {
  const grep = GREP ?? pattern ?? null;
  const pictures: Promise<void>[] = [];
  const reports: Promise<void>[] = [];
  let failed = 0;
  await window.runSuites(grep, (result) => {
    if (result.state === 'failed') {
      failed++;
      pictures.push(keepPicture(t, window)); // at once: the next test may change what there is to see
    }
    reports.push(report(t, result));
  });
  await Promise.all([...pictures, ...reports]);
  if (reports.length === 0) throw new Error(`no mocha test ran (pattern: ${grep ?? 'none'})`);
  if (failed > 0) throw new Error(`${failed} of ${reports.length} mocha tests failed`);
}

function report(t: TestContext, { path, state, ms, error }: SuiteResult): Promise<void> {
  return t.test(`${path.join(' > ')} (${ms} ms)`, { skip: state === 'skipped' }, () => {
    if (error === undefined) return;
    const [message = ''] = error.split(/\n\s+at /, 1);
    throw Object.assign(new Error(message), { stack: error });
  });
}
