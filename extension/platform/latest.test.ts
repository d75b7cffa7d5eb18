import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Latest } from './latest.ts';

/** Work that ends when it is told to. */
class Work {
  readonly signals: AbortSignal[] = [];
  #end: (() => void)[] = [];

  readonly run = (signal: AbortSignal): Promise<void> => {
    this.signals.push(signal);
    return new Promise((resolve) => this.#end.push(resolve));
  };

  async end(): Promise<void> {
    this.#end.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the latest request', () => {
  it('waits until no other has come for its delay', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const run = mock.fn(() => Promise.resolve());
    const latest = new Latest(run);
    latest.request(100);
    t.mock.timers.tick(60);
    latest.request(100);
    t.mock.timers.tick(60);
    assert.equal(run.mock.callCount(), 0);
    t.mock.timers.tick(40);
    assert.equal(run.mock.callCount(), 1);
  });

  it('ends the work under way, and follows it once', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const work = new Work();
    const latest = new Latest(work.run);
    latest.request(0);
    t.mock.timers.tick(0);
    latest.request(0);
    assert.ok(work.signals[0]!.aborted);
    t.mock.timers.tick(0);
    latest.request(0);
    t.mock.timers.tick(0);
    assert.equal(work.signals.length, 1, 'never two at once');
    await work.end();
    assert.equal(work.signals.length, 2);
    assert.ok(!work.signals[1]!.aborted);
    await work.end();
    assert.equal(work.signals.length, 2);
  });

  it('begins nothing after it was disposed', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const work = new Work();
    const latest = new Latest(work.run);
    latest.request(0);
    t.mock.timers.tick(0);
    latest.request(0);
    t.mock.timers.tick(0);
    latest.dispose();
    await work.end();
    assert.equal(work.signals.length, 1);
  });
});
