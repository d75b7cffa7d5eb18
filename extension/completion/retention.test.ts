import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Edit, moved, tellEdit } from './edits.ts';
import { GhostText } from './ghost-text.ts';
import { isKept, Retention } from './retention.ts';
import { FakeClock } from './test-support.ts';

/** Text is accepted at 4 in a document, which is edited then; what is seen after 30 and 120 s. */
async function looks(text: string, ...edits: Edit[]): Promise<boolean[]> {
  const clock = new FakeClock();
  let document = `abc ${text} xyz`;
  const seen: boolean[] = [];
  const retention = new Retention({
    clock,
    read: (_, { from, to }) => document.slice(from, to),
    onLook: (_, kept) => seen.push(kept),
  });
  retention.track('a', 4, text);
  for (const edit of edits) {
    document = document.slice(0, edit.offset) + edit.text + document.slice(edit.offset + edit.length);
    retention.edit('a', edit);
  }
  await clock.advance(30_000);
  document = '';
  await clock.advance(90_000);
  await clock.advance(1e6);
  return seen;
}

describe('retention', () => {
  const text = 'foo(first, second);';
  it('sees what stays, and later what goes', async () => assert.deepEqual(await looks(text), [true, false]));
  it('finds it after edits before and behind it', async () =>
    assert.deepEqual(
      await looks(
        text,
        { offset: 0, length: 3, text: 'a longer beginning' },
        { offset: 40, length: 1, text: '' },
      ),
      [true, false],
    ));
  it('bears a few changes', async () =>
    assert.deepEqual(await looks(text, { offset: 8, length: 5, text: 'last' }), [true, false]));
  it('sees what is written anew', async () =>
    assert.deepEqual(await looks(text, { offset: 4, length: 19, text: 'return 1;' }), [false, false]));

  it('finds a word that was accepted where its edit has put it', async () => {
    const clock = new FakeClock();
    const read: unknown[] = [];
    const retention = new Retention({
      clock,
      read: (_, range) => {
        read.push(range);
        return 'const';
      },
      onLook: () => undefined,
    });
    const ghost = new GhostText({
      onEnd: () => undefined,
      onPart: ({ uri, offset }, part) => retention.track(uri, offset, part),
    });
    ghost.show({ uri: 'a', offset: 10, prefix: '', suffix: '' }, 'const a = 1;', 0);
    const edit = { offset: 10, length: 0, text: 'const' };
    tellEdit('a', edit, retention, ghost);
    await clock.advance(30_000);
    assert.deepEqual(read, [{ from: 10, to: 15 }]);
  });

  it('says nothing of documents that are closed', async () => {
    const clock = new FakeClock();
    const seen: boolean[] = [];
    const retention = new Retention({ clock, read: () => undefined, onLook: (_, kept) => seen.push(kept) });
    retention.track('a', 0, 'text');
    await clock.advance(1e6);
    assert.deepEqual(seen, []);
  });

  it('ends with its owner', async () => {
    const clock = new FakeClock();
    const seen: boolean[] = [];
    const retention = new Retention({ clock, read: () => 'text', onLook: (_, kept) => seen.push(kept) });
    retention.track('a', 0, 'text');
    retention.dispose();
    await clock.advance(1e6);
    assert.deepEqual(seen, []);
  });
});

describe('isKept', () => {
  for (const [text, now, kept] of [
    ['foo();', 'foo();', true],
    ['foo();\n  bar();', 'foo();\n    bar();', true],
    ['foo();', 'await foo();', true],
    ['const a = 1;', 'const b = 1;', true],
    ['const a = 1;', 'return;', false],
    ['const a = 1;', '', false],
  ] as const) {
    it(`${kept ? 'keeps' : 'has lost'} ${JSON.stringify(text)} in ${JSON.stringify(now)}`, () =>
      assert.equal(isKept(text, now), kept));
  }
});

describe('moved', () => {
  const range = { from: 10, to: 20 };
  for (const [name, offset, length, text, expected] of [
    ['before it', 0, 2, 'abc', [11, 21]],
    ['at its beginning', 10, 0, 'abc', [13, 23]],
    ['inside', 12, 2, 'abc', [10, 21]],
    ['at its end', 20, 0, 'abc', [10, 20]],
    ['behind it', 30, 5, '', [10, 20]],
    ['over its beginning', 8, 4, 'x', [8, 17]],
    ['over its end', 18, 4, 'x', [10, 19]],
    ['over all of it', 5, 20, 'abc', [5, 8]],
  ] as const) {
    it(name, () => {
      const { from, to } = moved(range, { offset, length, text });
      assert.deepEqual([from, to], expected);
    });
  }
});
