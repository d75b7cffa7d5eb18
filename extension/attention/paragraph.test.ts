import assert from 'node:assert/strict';
import { it } from 'node:test';
import { paragraphAt } from './paragraph.ts';

it('a paragraph is what lies between blank lines', () => {
  const texts = ['one', 'two', '', 'three', ' ', 'four'];
  const lines = { count: texts.length, isBlank: (line: number) => texts[line]!.trim() === '' };
  assert.deepEqual(
    texts.map((_, line) => paragraphAt(lines, line)),
    [
      { first: 0, last: 1 },
      { first: 0, last: 1 },
      undefined,
      { first: 3, last: 3 },
      undefined,
      { first: 5, last: 5 },
    ],
  );
});
