import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type AdapterEvent, AdapterEventSchema, type AdapterReport } from '../../webview/protocol/adapter.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { AdapterSession, type AdapterSource, type Place } from './session.ts';

const REPORT: AdapterReport = {
  folder: '/runs/a/checkpoints/last',
  name: 'a',
  base: '/models/base',
  baseName: 'base',
  parameters: 100,
  trainable: 4,
  saved: [],
  layers: [],
  memory: { batch: 1, context: 8, full: 2, adapter: 1 },
};
const PLACE: Place = { document: 'a.ts', prompt: 'let ', text: 'let a;' };

class FakeSource implements AdapterSource {
  readonly done: string[] = [];
  known: string | undefined = '1';
  problem: RemoteError | undefined;

  version(): string | undefined {
    return this.known;
  }

  report(): Promise<AdapterReport> {
    this.done.push('report');
    return this.problem === undefined ? Promise.resolve(REPORT) : Promise.reject(this.problem);
  }

  run() {
    return Promise.resolve(undefined);
  }

  facts() {
    return { writes: true, inUse: false };
  }

  open(path: string): Promise<void> {
    this.done.push(`open ${path}`);
    return Promise.resolve();
  }

  write(model: string) {
    this.done.push(`write ${model}`);
    return Promise.resolve({ text: model, likelihood: { loss: 1, tokens: [{ text: 'let', nats: 1 }] } });
  }

  restore(): void {
    this.done.push('restore');
  }
}

async function open(t: TestContext, known?: string) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const source = new FakeSource();
  source.known = known;
  const session = new AdapterSession('/runs/a', source);
  t.after(() => session.dispose());
  const events: AdapterEvent[] = [];
  session.watch((event) => events.push(AdapterEventSchema.parse(event)));
  const pass = async (): Promise<void> => {
    t.mock.timers.tick(1000);
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  await pass();
  return { session, source, events, pass };
}

describe('AdapterSession', () => {
  it('reads an adapter once for the same files, and again for others', async (t) => {
    const { session, source, pass } = await open(t, '1');
    assert.deepEqual(session.state.report, REPORT);
    session.changed();
    await pass();
    assert.deepEqual(source.done, ['report']);
    source.known = '2';
    session.changed();
    await pass();
    assert.deepEqual(source.done, ['report', 'report']);
  });

  it('waits for the first checkpoint of a run', async (t) => {
    const { session, source, pass } = await open(t);
    assert.equal(session.state.report, undefined);
    assert.equal(session.state.problem, undefined);
    source.known = '1';
    session.changed();
    await pass();
    assert.deepEqual(session.state.report, REPORT);
  });

  it('says why there is nothing to show, and tries again when asked', async (t) => {
    const { session, source, pass } = await open(t, '1');
    source.problem = new RemoteError('the base is not there', { code: 'checkpoint', hint: 'put it back' });
    session.retry();
    await pass();
    assert.deepEqual(session.state.problem, { message: 'the base is not there', hint: 'put it back' });
    source.problem = undefined;
    session.retry();
    await pass();
    assert.equal(session.state.problem, undefined);
    assert.deepEqual(session.state.report, REPORT);
  });

  it('lets the base and then the adapter write, and gives the model back', async (t) => {
    const { session, source, events, pass } = await open(t, '1');
    source.done.length = 0;
    session.compare(PLACE);
    await pass();
    assert.deepEqual(source.done, ['open /runs/a', 'write /models/base', 'write /runs/a', 'restore']);
    const told = events.flatMap((event) => (event.type === 'comparison' ? [event.comparison] : []));
    assert.deepEqual(
      told.map(({ base, adapter }) => [base?.text, adapter?.text]),
      [
        [undefined, undefined],
        ['/models/base', undefined],
        ['/models/base', '/runs/a'],
      ],
    );
  });

  it('gives the model back where it ends while both write', async (t) => {
    const { session, source } = await open(t, '1');
    source.done.length = 0;
    source.write = () => new Promise(() => undefined);
    session.compare(PLACE);
    t.mock.timers.tick(1000);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    session.dispose();
    assert.deepEqual(source.done, ['open /runs/a', 'restore']);
  });

  it('compares at once, before it has shown what it read', async (t) => {
    const { session, source, pass } = await open(t);
    session.compare(PLACE);
    await pass();
    assert.deepEqual(source.done, [
      'report',
      'open /runs/a',
      'write /models/base',
      'write /runs/a',
      'restore',
    ]);
  });

  it('compares nothing that can not be read', async (t) => {
    const { session, source, events, pass } = await open(t);
    source.problem = new RemoteError('the base is not there', { code: 'checkpoint' });
    session.compare(PLACE);
    await pass();
    assert.deepEqual(source.done, ['report', 'restore']);
    const last = events.at(-1);
    assert.ok(last?.type === 'comparison');
    assert.match(last.comparison.problem?.message ?? '', /is not there/);
  });
});
