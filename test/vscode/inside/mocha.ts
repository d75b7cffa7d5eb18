import Mocha from 'mocha';
import type { SuiteResult } from '../bridge.ts';

/** Longer than any single step of a suite takes on two busy cores, in ms. */
const TIMEOUT = 60_000;

/**
 * Runs the mocha suites that `load` defines, in the process of the extension host.
 * @param grep A regular expression that a test's full title must match; null runs all.
 */
export async function runMocha(
  load: () => Promise<void>,
  grep: string | null,
  onResult: (result: SuiteResult) => void,
): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: TIMEOUT, reporter: reporter(onResult) });
  if (grep !== null) mocha.grep(new RegExp(grep, 'i'));
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await load();
  await new Promise<void>((resolve) => mocha.run(() => resolve()));
}

/** A mocha reporter that hands every result on. A hook that fails counts as a failed test. */
function reporter(onResult: (result: SuiteResult) => void): Mocha.ReporterConstructor {
  return class extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
      super(runner, options);
      const tell = (test: Mocha.Runnable, state: SuiteResult['state'], error?: Error): void =>
        onResult({
          path: test.titlePath(),
          state,
          ms: test.duration ?? 0,
          ...(error === undefined ? {} : { error: error.stack ?? error.message }),
        });
      runner.on('pass', (test) => tell(test, 'passed'));
      runner.on('pending', (test) => tell(test, 'skipped'));
      runner.on('fail', (test: Mocha.Runnable, error: Error) => tell(test, 'failed', error));
    }
  };
}
