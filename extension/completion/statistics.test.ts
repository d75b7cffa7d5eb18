import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Statistics } from './statistics.ts';

/** A store that windows share; it saves when a test says so. */
function setUp(kept?: unknown) {
  let pending: (() => void)[] = [];
  const store = {
    kept,
    read: (): unknown => store.kept,
    write: (state: unknown): void => {
      store.kept = structuredClone(state);
    },
    soon: (save: () => void): void => {
      pending.push(save);
    },
    save: (): void => {
      for (const save of pending) save();
      pending = [];
    },
  };
  const window = (day = 1): Statistics => new Statistics(store, Date.UTC(2026, 0, day));
  return { store, window, statistics: window() };
}

describe('statistics', () => {
  it('count what was seen, taken and kept', () => {
    const { statistics } = setUp();
    for (const ms of [10, 20, 30, 400]) statistics.came('computed', ms);
    statistics.came('remembered', 1);
    statistics.gone(100, false); // too short to be seen
    statistics.gone(900, false);
    statistics.gone(100, true);
    statistics.accepted('foo();');
    statistics.acceptedPart('bar');
    statistics.lookedAt(30, true);
    statistics.lookedAt(30, false);
    statistics.lookedAt(120, true);
    const text = statistics.text();
    for (const line of [
      /^Counted on this machine since .*2026; never sent anywhere\.$/m,
      /^Suggestions seen {10}2$/m,
      /^Accepted {18}1 of 2 \(50 %\)$/m,
      /^Words and lines accepted {2}1$/m,
      /^Characters accepted {7}9$/m,
      /^Still there after 30 s {4}1 of 2 \(50 %\)$/m,
      /^Still there after 120 s {3}1 of 1 \(100 %\)$/m,
      /^Key to suggestion {9}p50 20 ms, p95 400 ms \(5\)$/m,
      /^ {2}from the model {10}p50 20 ms, p95 400 ms \(4\)$/m,
      /^ {2}remembered {14}p50 1 ms, p95 1 ms \(1\)$/m,
    ]) {
      assert.match(text, line);
    }
  });

  it('go on where they were left', () => {
    const { store, statistics } = setUp();
    statistics.accepted('abc');
    store.save();
    assert.equal(setUp(store.kept).statistics.state.characters, 3);
  });

  it('add up over windows that count at a time', () => {
    const { store, window, statistics } = setUp();
    const other = window(2);
    for (let round = 0; round < 3; round++) {
      statistics.accepted('abc');
      statistics.lookedAt(30, true);
      statistics.came('computed', round);
      other.accepted('d');
      other.lookedAt(30, false);
      other.came('computed', 10 + round);
      store.save();
    }
    const { since, accepted, characters, after30, computed } = window(3).state;
    assert.deepEqual([since, accepted, characters], [Date.UTC(2026, 0, 1), 6, 12]);
    assert.deepEqual(after30, { looked: 6, kept: 3 });
    assert.deepEqual(
      computed.toSorted((a, b) => a - b),
      [0, 1, 2, 10, 11, 12],
    );
  });

  it('begin anew where what was kept is not theirs', () => {
    for (const kept of [undefined, 'text', { shown: -1 }, { ...setUp().statistics.state, computed: ['x'] }]) {
      assert.equal(setUp(kept).statistics.state.shown, 0);
    }
  });

  it('keep a bounded number of times', () => {
    const { statistics } = setUp();
    for (let index = 0; index < 2000; index++) statistics.came('remembered', index);
    assert.equal(statistics.state.remembered.length, 500);
    assert.equal(statistics.state.remembered.at(-1), 1999);
  });

  it('say so where there is nothing yet', () =>
    assert.match(setUp().statistics.text(), /Key to suggestion +none yet/));
});
