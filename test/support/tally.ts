import { resolve } from 'node:path';

/** What a lane's tests came to. Suites are not counted; a test that is skipped or marked todo is neither. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of node:test's `test:pass` and `test:fail` events that counting needs. */
export interface TestResult {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string | undefined;
  readonly skip?: string | boolean | undefined;
  readonly todo?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly error?: unknown };
}

/** What node:test says of a test that `--grep` leaves out. */
const FILTERED = 'test name does not match pattern';

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: 0 };
}

/**
 * Adds one result. node:test reports a file that defines no test, or that ends badly outside its tests, as a test
 * with the file's own name: the second is a failure, and so is the first unless `grep` may have emptied it.
 */
export function count(tally: Tally, outcome: 'pass' | 'fail', result: TestResult, grep: boolean): void {
  if (result.skip === FILTERED) return;
  if (result.details.type === 'suite') {
    if (outcome === 'fail' && failureType(result.details.error) !== 'subtestsFailed') tally.failed++;
    return;
  }
  if (isGiven(result.skip) || isGiven(result.todo)) {
    tally.skipped++;
    return;
  }
  if (outcome === 'fail') tally.failed++;
  else if (!isWholeFile(result)) tally.passed++;
  else if (!grep) tally.failed++;
}

/** Adds tallies up. */
export function sum(tallies: Iterable<Tally>): Tally {
  const total = emptyTally();
  for (const { passed, failed, skipped } of tallies) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** The run's last line. */
export function summaryLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}

function isWholeFile({ name, nesting, file }: TestResult): boolean {
  return nesting === 0 && file !== undefined && resolve(name) === resolve(file);
}

function isGiven(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}

function failureType(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'failureType' in error
    ? error.failureType
    : undefined;
}
