import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { HangWatch } from './hang-watch.ts';

const TIMES = { every: 10, patience: 60 };

interface Scene {
  /** Looks that have passed. */
  looks: number;
  hangs: number;
  pings: number;
  readonly watch: HangWatch;
  /** Lets so many looks pass. */
  pass(looks: number): Promise<void>;
}

/** A process that answers and computes as the functions say, by the number of the look. */
function scene(
  t: TestContext,
  answers: (look: number) => boolean,
  cpu: (look: number) => number | undefined,
): Scene {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const never = new Promise(() => undefined);
  let heard = 0;
  const watched = {
    ping(): Promise<unknown> {
      self.pings++;
      if (!answers(self.looks)) return never;
      heard++;
      return Promise.resolve();
    },
    get lastHeard() {
      return heard;
    },
    cpuTime: () => Promise.resolve(cpu(self.looks)),
  };
  const self: Scene = {
    looks: 0,
    hangs: 0,
    pings: 0,
    watch: new HangWatch(watched, TIMES, () => self.hangs++),
    async pass(looks) {
      for (let i = 0; i < looks; i++) {
        self.looks++;
        t.mock.timers.tick(TIMES.every);
        await new Promise(setImmediate);
      }
    },
  };
  t.after(() => self.watch.stop());
  self.watch.start();
  return self;
}

describe('the watch for hangs', () => {
  it('leaves one alone that answers, however little it computes', async (t) => {
    const s = scene(
      t,
      () => true,
      () => 5,
    );
    await s.pass(100);
    assert.deepEqual([s.hangs, s.pings], [0, 100]);
  });

  it('leaves one alone that is silent and computes, and asks it only once', async (t) => {
    const s = scene(
      t,
      () => false,
      (look) => look,
    );
    await s.pass(1000);
    assert.deepEqual([s.hangs, s.pings], [0, 1]);
  });

  it('tells one that is silent and still, once', async (t) => {
    const s = scene(
      t,
      () => false,
      () => 5,
    );
    await s.pass(6);
    assert.equal(s.hangs, 0);
    await s.pass(1);
    assert.equal(s.hangs, 1);
    await s.pass(20);
    assert.equal(s.hangs, 1);
  });

  it('begins anew with any sign of life, such as a little CPU time while a GPU computes', async (t) => {
    const s = scene(
      t,
      () => false,
      (look) => Math.floor(look / 5),
    );
    await s.pass(500);
    assert.equal(s.hangs, 0);
  });

  it('says nothing where the CPU time can not be told', async (t) => {
    const s = scene(
      t,
      () => false,
      () => undefined,
    );
    await s.pass(100);
    assert.equal(s.hangs, 0);
  });

  it('ends when stopped, and can start again', async (t) => {
    const s = scene(
      t,
      () => false,
      () => 5,
    );
    await s.pass(6);
    s.watch.stop();
    await s.pass(10);
    assert.equal(s.hangs, 0);
    s.watch.start();
    await s.pass(7);
    assert.equal(s.hangs, 1);
  });
});
