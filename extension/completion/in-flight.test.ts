import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InFlight } from './in-flight.ts';
import { FakeClock } from './test-support.ts';

function setUp() {
  const clock = new FakeClock();
  const sent: string[] = [];
  const cancelled: string[] = [];
  const inFlight = new InFlight<string, string>(
    async (request, signal) => {
      sent.push(request);
      if (request === 'bad') throw new Error('no such thing');
      if (!(await clock.sleep(100, signal))) cancelled.push(request);
      return request.toUpperCase();
    },
    (a, b) => a === b,
  );
  return { clock, sent, cancelled, inFlight };
}

const never = new AbortController().signal;

describe('requests in flight', () => {
  it('lets the latest win', async () => {
    const { clock, cancelled, inFlight } = setUp();
    const first = inFlight.run('a', never);
    const second = inFlight.run('b', never);
    await clock.advance(100);
    assert.deepEqual(await Promise.all([first, second]), [undefined, 'B']);
    assert.deepEqual(cancelled, ['a']);
    assert.equal(inFlight.busy, false);
  });

  it('lets one that is the same join', async () => {
    const { clock, sent, inFlight } = setUp();
    const both = [inFlight.run('a', never), inFlight.run('a', never)];
    assert.ok(inFlight.has('a'));
    await clock.advance(100);
    assert.deepEqual(await Promise.all(both), ['A', 'A']);
    assert.deepEqual(sent, ['a']);
  });

  it('is cancelled by the last who wants it', async () => {
    const { clock, cancelled, inFlight } = setUp();
    const [one, other] = [new AbortController(), new AbortController()];
    const both = [inFlight.run('a', one.signal), inFlight.run('a', other.signal)];
    one.abort();
    assert.ok(inFlight.has('a'));
    other.abort();
    assert.ok(!inFlight.has('a'));
    await clock.advance(0);
    assert.deepEqual(await Promise.all(both), [undefined, undefined]);
    assert.deepEqual(cancelled, ['a']);
  });

  it('sends anew what was cancelled, and nothing for a signal that has fired', async () => {
    const { clock, sent, inFlight } = setUp();
    const canceller = new AbortController();
    void inFlight.run('a', canceller.signal);
    canceller.abort();
    const again = inFlight.run('a', never);
    assert.equal(await inFlight.run('c', canceller.signal), undefined);
    await clock.advance(100);
    assert.equal(await again, 'A');
    assert.deepEqual(sent, ['a', 'a']);
  });

  it('throws what sending throws, to all', async () => {
    const { inFlight } = setUp();
    await assert.rejects(inFlight.run('bad', never), /no such thing/);
    assert.equal(inFlight.busy, false);
  });
});
