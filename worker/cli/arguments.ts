import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { ClozeError } from '../base/errors.ts';

/** Parsers of option values, for commander: each says what it expected. */

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

export function wholeNumber(text: string): number {
  return text.trim() === '0' ? 0 : positiveInteger(text);
}

/** A seed: a whole number of 32 bits. */
export function seed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
  }
  return value;
}

/** A number in [from, to]. */
export function numberBetween(from: number, to = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= from && value <= to)) {
      throw new InvalidArgumentError(
        `Expected a number ${to === Infinity ? `from ${from}` : `from ${from} to ${to}`}.`,
      );
    }
    return value;
  };
}

/** Collects an option that may come more than once. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** A text argument, or with '-' what standard input holds. Throws `usage` where that is a terminal. */
export function textOrStdin(text: string): string {
  if (text !== '-') return text;
  if (process.stdin.isTTY) {
    throw new ClozeError('usage', "expected text on standard input for '-', got a terminal", {
      hint: 'pipe a text in: cloze ... - < FILE',
    });
  }
  return readFileSync(0, 'utf8');
}
