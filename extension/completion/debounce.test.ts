import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Debounce } from './debounce.ts';

/** Someone types at this pace; the wait after the last key, 50 ms after it. */
function waitAt(gap: number, answerMs: number, lineBefore: string, cancelled = 0): number {
  const debounce = new Debounce();
  let now = 0;
  for (let key = 0; key < 10; key++) debounce.key((now += gap));
  debounce.answered(answerMs);
  for (let run = 0; run < cancelled; run++) debounce.cancelled(1);
  return debounce.wait({ now: now + 50, keyAt: now, lineBefore });
}

describe('the wait before the model is asked', () => {
  it('is none where the answer comes before the next key', () => assert.equal(waitAt(200, 100, 'foo'), 0));
  it('is more than a gap between keys where it does not', () => assert.equal(waitAt(200, 300, 'foo'), 250));
  it('is shorter after a character that ends a word', () => assert.equal(waitAt(200, 300, 'foo('), 130));
  it('is none at the start of a line', () => assert.equal(waitAt(200, 300, '    '), 0));
  it('grows with the runs that were in vain', () =>
    assert.ok(waitAt(200, 300, 'foo', 1) > waitAt(200, 300, 'foo')));
  it('stays under 400 ms from the key', () => assert.equal(waitAt(900, 3000, 'foo', 9), 350));
  it('is at least 100 ms from the key for the fastest typist', () =>
    assert.equal(waitAt(30, 300, 'foo'), 50));

  it('does not take a pause for slow typing', () => {
    const debounce = new Debounce();
    for (const at of [0, 100, 200, 60_000, 60_100]) debounce.key(at);
    debounce.answered(300);
    assert.equal(debounce.wait({ now: 60_100, keyAt: 60_100, lineBefore: 'a' }), 150);
  });

  it('follows the model as it becomes faster', () => {
    const debounce = new Debounce();
    debounce.answered(5000);
    const wait = (): number => debounce.wait({ now: 0, keyAt: 0, lineBefore: 'a' });
    assert.ok(wait() > 0);
    for (let answer = 0; answer < 20; answer++) debounce.answered(30);
    assert.equal(wait(), 0);
  });
});
