/**
 * What the extension host (inside) and the test process that drives the browser (outside) ask of each other:
 * JSON-RPC over a socket, so arguments and results are JSON values.
 */
import { NotificationType, NotificationType0, RequestType } from 'vscode-jsonrpc/node';

/** A mocha test that has ended. */
export interface SuiteResult {
  /** Titles of its suites and its own, from the outside in. */
  readonly path: readonly string[];
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** The stack of what made it fail. */
  readonly error?: string;
}

/** The requests that the outside answers for a suite: what only the browser or the machine can do. */
export interface OutsideMethods {
  /** Presses keys in Playwright's notation, such as `Tab` or `Control+Space`. */
  press: (keys: string) => void;
  /** Types text, a key at a time. */
  type: (text: string) => void;
  /** The text of the first element that fits, in the web view that has it; waits for the element. */
  webviewText: (selector: string) => string;
  /** Clicks the element in the web view that has it. */
  webviewClick: (selector: string) => void;
  /** What axe-core finds wrong in the web view that has this element, one line a rule. */
  webviewViolations: (selector: string) => string[];
  /** The text of the workbench's elements that fit, joined. `.ghost-text` is a suggestion. */
  workbenchText: (selector: string) => string;
  /** Saves a picture of the window under this path. */
  screenshot: (path: string) => void;
}

/** Inside: calls a function, given by its source, with `vscode` and one argument. */
export const evaluate = new RequestType<{ source: string; argument: unknown }, unknown, void>('evaluate');

/** Inside: runs the mocha suites whose titles match; each test that ends is told by `suiteResult`. */
export const runSuites = new RequestType<{ grep: string | null }, void, void>('runSuites');
export const suiteResult = new NotificationType<SuiteResult>('suiteResult');

/** Inside: ends the test run of the window. */
export const exit = new NotificationType0('exit');

/** Outside: one of `OutsideMethods`. */
export const outside = new RequestType<{ method: keyof OutsideMethods; argument: string }, unknown, void>(
  'outside',
);
