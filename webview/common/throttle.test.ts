import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { throttled } from './throttle.ts';

describe('throttle', () => {
  it('calls at once, and of many calls in an interval once more', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let calls = 0;
    const call = throttled(250, () => calls++);
    call();
    assert.equal(calls, 1);
    for (let i = 0; i < 10; i++) call();
    assert.equal(calls, 1);
    t.mock.timers.tick(250);
    assert.equal(calls, 2);
    t.mock.timers.tick(1000);
    assert.equal(calls, 2);
    call();
    assert.equal(calls, 3);
  });
});
