import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ModelSession } from './model-session.ts';
import { FakeClock } from './test-support.ts';

function setUp() {
  const clock = new FakeClock();
  const opened: string[] = [];
  const states: string[] = [];
  const signals: AbortSignal[] = [];
  const session = new ModelSession({
    clock,
    open: async (folder, signal) => {
      opened.push(folder);
      signals.push(signal);
      await clock.sleep(1000, signal);
      if (folder.includes('broken')) throw new Error('config.json is not there');
    },
    onChange: () => states.push(session.state),
  });
  return { clock, opened, states, signals, session };
}

describe('the model of completion', () => {
  it('is opened on first need, once', async () => {
    const { clock, opened, states, session } = setUp();
    session.choose('/a');
    assert.deepEqual([opened, session.state], [[], 'off']);
    const both = Promise.all([session.ready(), session.ready()]);
    await clock.advance(1000);
    await both;
    await session.ready();
    assert.deepEqual([opened, states], [['/a'], ['loading', 'ready']]);
  });

  it('is another when another is chosen, even while the first is opened', async () => {
    const { clock, opened, signals, session } = setUp();
    session.choose('/a');
    void session.ready();
    session.choose('/b');
    assert.ok(signals[0]!.aborted);
    const ready = session.ready();
    await clock.advance(1000);
    await ready;
    assert.equal(session.state, 'ready');
    assert.deepEqual(opened, ['/a', '/b']);
  });

  it('is needed soon if it is another one, or was in use', async () => {
    const { clock, session } = setUp();
    assert.equal(session.choose('/a'), true);
    assert.equal(session.choose('/a'), false, 'its files have changed before it was ever used');
    void session.ready();
    assert.equal(session.choose('/a'), true);
    void session.ready();
    await clock.advance(1000);
    assert.equal(session.choose('/a'), true);
    assert.equal(session.choose('/broken'), true);
    const failed = assert.rejects(session.ready());
    await clock.advance(1000);
    await failed;
    assert.equal(session.choose('/broken'), false);
    assert.equal(session.choose(undefined), false);
  });

  it('that can not be opened is not tried with each key, but later, and when the user asks', async () => {
    const { clock, opened, session } = setUp();
    session.choose('/broken');
    const first = assert.rejects(session.ready(), /config\.json/);
    await clock.advance(1000);
    await first;
    assert.equal(session.state, 'failed');
    assert.match(String(session.problem), /config\.json/);
    await assert.rejects(session.ready(), /config\.json/);
    assert.equal(opened.length, 1);
    const asked = assert.rejects(session.ready(true));
    await clock.advance(1000);
    await asked;
    assert.equal(opened.length, 2);
    await clock.advance(30_000);
    const later = assert.rejects(session.ready());
    await clock.advance(1000);
    await later;
    assert.equal(opened.length, 3);
  });

  it('is opened again after its process has gone', async () => {
    const { clock, opened, session } = setUp();
    session.choose('/a');
    void session.ready();
    await clock.advance(1000);
    session.lost();
    assert.equal(session.state, 'off');
    void session.ready();
    await clock.advance(1000);
    assert.deepEqual(opened, ['/a', '/a']);
  });

  it('is still being opened when its process only starts', async () => {
    const { clock, signals, session } = setUp();
    session.choose('/a');
    const ready = session.ready();
    session.lost();
    await clock.advance(1000);
    await ready;
    assert.equal(signals[0]!.aborted, false);
  });

  it('that failed with its process is opened by the next one at once', async () => {
    const { clock, opened, session } = setUp();
    session.choose('/broken');
    const first = assert.rejects(session.ready());
    session.lost();
    await clock.advance(1000);
    await first;
    session.found();
    assert.deepEqual([session.state, session.problem], ['off', undefined]);
    const again = assert.rejects(session.ready());
    await clock.advance(1000);
    await again;
    assert.equal(opened.length, 2);
  });

  it('goes on being opened when the process has started for it', async () => {
    const { clock, signals, session } = setUp();
    session.choose('/a');
    const ready = session.ready();
    session.found();
    await clock.advance(1000);
    await ready;
    session.found();
    assert.deepEqual([session.state, signals[0]!.aborted], ['ready', false]);
  });
});
