import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Restarts } from './restarts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('restarts', () => {
  it('start at once, then wait longer after each death, up to half a minute', () => {
    const restarts = new Restarts();
    assert.equal(restarts.delay(0), 0);
    const waits = Array.from({ length: 6 }, (_, i) => {
      restarts.died(i * MINUTE, 10);
      return restarts.delay(i * MINUTE);
    });
    assert.deepEqual(waits, [500, 2000, 8000, 30_000, 30_000, 30_000]);
  });

  it('count the time since the death as waited', () => {
    const restarts = new Restarts();
    restarts.died(0, 5);
    assert.equal(restarts.delay(200), 300);
    assert.equal(restarts.delay(MINUTE), 0);
  });

  it('end after too many deaths in ten minutes, until they are reset', () => {
    const restarts = new Restarts();
    for (let i = 0; i < 5; i++) restarts.died(i * MINUTE, 5);
    assert.equal(restarts.hasGivenUp, false);
    restarts.died(5 * MINUTE, 5);
    assert.equal(restarts.hasGivenUp, true);
    restarts.reset();
    assert.deepEqual([restarts.hasGivenUp, restarts.delay(5 * MINUTE)], [false, 0]);
  });

  it('forget deaths after ten minutes, and tell the first of a series', () => {
    const restarts = new Restarts();
    const firsts = [0, MINUTE, 12 * MINUTE, 30 * MINUTE].map((time) => restarts.died(time, 1));
    assert.deepEqual(firsts, [true, false, true, true]);
    assert.equal(new Restarts().died(0, 0), true);
  });

  it('never happen where none is allowed', () => {
    const restarts = new Restarts();
    restarts.died(0, 0);
    assert.equal(restarts.hasGivenUp, true);
  });
});
