import { describe, it } from 'node:test';
import { runSuites } from './run-suites.ts';
import { openCloze } from './session.ts';

describe('the extension under development', () => {
  it('passes its mocha suites', async (t) => runSuites(t, await openCloze(t)));
});
