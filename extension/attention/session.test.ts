import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  type AttentionContent,
  type AttentionEvent,
  AttentionEventSchema,
  type AttentionState,
} from '../../webview/protocol/attention.ts';
import type { Attention, Prediction } from '../../worker/protocol/inspect.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { AttentionSession, type Input, type Inspector } from './session.ts';

/** A token a character, one layer of two heads: one looks at itself, one at the first. */
function attentionOf({ text, masked = [] }: Input): Attention {
  const size = text.length;
  const weights = new Float32Array(2 * size * size);
  for (let row = 0; row < size; row++) {
    weights[row * size + row] = 1;
    weights[(size + row) * size] = 1;
  }
  const tokens = Array.from(text, (each, i) => ({
    ...{ id: i, text: masked.includes(i) ? '[MASK]' : each, start: i, end: i + 1 },
    ...{ segment: 0, special: false },
  }));
  const facts = { name: 'a', folder: '/a', kind: 'bert', causal: false, pairs: true, predicts: true };
  return { ...facts, layers: 1, heads: 2, tokens, total: size, weights, entropies: new Float32Array(2) };
}

class FakeInspector implements Inspector {
  readonly asked: Input[] = [];
  known = [
    { folder: '/runs/a', label: 'a' },
    { folder: '/runs/b', label: 'b' },
  ];

  choices() {
    return this.known;
  }

  attention(input: Input): Promise<Attention> {
    this.asked.push(input);
    if (input.model === '/gone')
      return Promise.reject(new RemoteError('/gone is not there', { code: 'usage', hint: 'look' }));
    return Promise.resolve(attentionOf(input));
  }

  predict({ masked }: Input, position: number): Promise<Prediction[]> {
    return Promise.resolve([
      { id: position, text: masked === undefined ? 'seen' : 'masked', probability: 1 },
    ]);
  }
}

/** A session whose page has heard of everything so far. */
function open(t: TestContext, model = '') {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const inspector = new FakeInspector();
  const session = new AttentionSession(
    { uri: 'file:///a.ts', model, second: '', difference: false },
    inspector,
  );
  const events: AttentionEvent[] = [];
  session.watch((event) => events.push(AttentionEventSchema.parse(event)));
  return {
    inspector,
    session,
    events,
    /** Lets the time pass that a session waits, and what it asks be answered. */
    async settle(): Promise<void> {
      t.mock.timers.tick(2000);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    },
    get content(): AttentionContent {
      const last = events.findLast(({ type }) => type === 'content');
      assert.ok(last?.type === 'content');
      return last.content;
    },
    get state(): AttentionState {
      const last = events.findLast(({ type }) => type === 'state');
      assert.ok(last?.type === 'state');
      return last.state;
    },
  };
}

describe('AttentionSession', () => {
  it('shows a text with the first of the models, without the weights', async (t) => {
    const page = open(t);
    page.session.setText('a.ts', 'abc');
    await page.settle();
    assert.deepEqual(page.inspector.asked, [{ model: '/runs/a', text: 'abc' }]);
    assert.equal('weights' in page.content.attention, false);
    assert.equal(page.content.attention.tokens.length, 3);
    assert.equal(page.content.small.cells.length, 2 * 9);
    assert.deepEqual([page.state.name, page.state.closed], ['a.ts', false]);
  });

  it('gives the mean of heads of what is shown, and nothing of what was', async (t) => {
    const page = open(t);
    page.session.setText('a.ts', 'ab');
    await page.settle();
    const { revision } = page.content;
    assert.deepEqual([...page.session.weights(revision, [0])], [1, 0, 0, 1]);
    assert.deepEqual([...page.session.weights(revision, [0, 1])], [1, 0, 0.5, 0.5]);
    assert.throws(() => page.session.weights(revision, [2]), { code: 'usage' });
    assert.equal(page.session.weights(revision + 1, [0]).length, 0);
    assert.equal(page.session.attentionOf(revision)?.weights.length, 8);
  });

  it('follows the text, looks once for many changes, and only where it has changed', async (t) => {
    const page = open(t);
    for (const text of ['a', 'ab', 'abc']) page.session.setText('a.ts', text);
    await page.settle();
    page.session.setText('a.ts', 'abc');
    await page.settle();
    assert.deepEqual(
      page.inspector.asked.map(({ text }) => text),
      ['abc'],
    );
    assert.equal(page.content.asked, true);
    page.session.setText('a.ts', 'abcd');
    await page.settle();
    assert.equal(page.content.asked, false);
  });

  it('follows nothing while it is not seen, and catches up', async (t) => {
    const page = open(t);
    page.session.setVisible(false);
    page.session.setText('a.ts', 'ab');
    await page.settle();
    assert.equal(page.inspector.asked.length, 0);
    page.session.setVisible(true);
    await page.settle();
    assert.equal(page.inspector.asked.length, 1);
  });

  it('takes another model, without the second text of the last', async (t) => {
    const page = open(t);
    page.session.setText('a.ts', 'ab');
    page.session.setSecond('cd');
    await page.settle();
    assert.equal(page.inspector.asked.at(-1)?.second, 'cd');
    page.session.choose('/runs/b');
    await page.settle();
    assert.deepEqual(page.inspector.asked.at(-1), { model: '/runs/b', text: 'ab' });
    assert.equal(page.state.place.model, '/runs/b');
  });

  it('tells nothing of the former model to a page that comes before the new one has answered', async (t) => {
    const opened = open(t);
    const { session } = opened;
    session.setText('a.ts', 'abc');
    await opened.settle();
    const heard: AttentionEvent['type'][] = [];
    const comeAnew = (): void => session.watch(({ type }) => heard.push(type));
    comeAnew();
    assert.deepEqual(heard.splice(0), ['state', 'content']);
    session.choose('/runs/b');
    heard.splice(0);
    comeAnew();
    assert.deepEqual(heard, ['state']);
    await opened.settle();
    assert.deepEqual(heard, ['state', 'content']);
  });

  it('masks a token with what is predicted there, and takes the mask away', async (t) => {
    const page = open(t);
    page.session.setText('a.ts', 'abc');
    await page.settle();
    page.session.mask(page.content.revision, 1);
    await page.settle();
    assert.equal(page.content.attention.tokens[1]!.text, '[MASK]');
    assert.deepEqual(
      [page.content.mask?.masked[0]?.text, page.content.mask?.seen[0]?.text],
      ['masked', 'seen'],
    );
    page.session.mask(0, 2); // of a text that is no longer shown
    page.session.mask(page.content.revision, 1);
    await page.settle();
    assert.equal(page.content.mask, undefined);
    page.session.mask(page.content.revision, 1);
    page.session.setText('a.ts', 'other');
    await page.settle();
    assert.equal(page.content.mask, undefined);
  });

  it('masks nothing of what is shown while another text or model is on its way', async (t) => {
    const page = open(t);
    page.session.setText('a.ts', 'abc');
    await page.settle();
    const { revision } = page.content;
    page.session.setText('a.ts', 'abcd');
    page.session.mask(revision, 1);
    await page.settle();
    assert.equal(page.content.mask, undefined);
    page.session.choose('/runs/b');
    page.session.mask(page.content.revision, 1);
    await page.settle();
    assert.deepEqual(page.inspector.asked.at(-1), { model: '/runs/b', text: 'abcd' });
  });

  it('says what went wrong, and looks again', async (t) => {
    const page = open(t, '/gone');
    page.session.setText('a.ts', 'ab');
    await page.settle();
    assert.deepEqual(page.events.at(-1), {
      type: 'problem',
      problem: { message: '/gone is not there', hint: 'look' },
    });
    assert.deepEqual(
      page.state.choices.map(({ label }) => label),
      ['a', 'b', 'gone'],
    );
    page.session.choose('/runs/a');
    await page.settle();
    assert.equal(page.content.attention.tokens.length, 2);
  });

  it('tells a page that comes back all there is', async (t) => {
    const page = open(t);
    page.session.setText('a.ts', 'ab');
    await page.settle();
    const events: AttentionEvent[] = [];
    page.session.watch((event) => events.push(event));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['state', 'content'],
    );
    assert.ok(events[1]?.type === 'content' && !events[1].content.asked);
  });

  it('waits for a model where there is none', async (t) => {
    const page = open(t);
    const { inspector } = page;
    const known = inspector.known;
    inspector.known = [];
    const session = new AttentionSession(
      { uri: 'file:///a.ts', model: '', second: '', difference: false },
      inspector,
    );
    session.setText('a.ts', 'ab');
    await page.settle();
    assert.equal(inspector.asked.length, 0);
    inspector.known = known;
    session.modelsChanged();
    await page.settle();
    assert.equal(inspector.asked[0]?.model, '/runs/a');
  });
});
