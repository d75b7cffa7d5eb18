import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MaskingEvent, MaskingPlace } from '../../webview/protocol/masking.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { MaskingSession, type Reader } from './masking-session.ts';

const PLACE: MaskingPlace = { uri: 'file:///w/a.txt', model: '', seed: 1, word: '' };
const POLYSEMY = { occurrences: [], layers: 1, similarities: new Float32Array(4) };

interface Asked {
  readonly model: string;
  readonly text: string;
  readonly seed: number;
}

function stage(t: TestContext, place: Partial<MaskingPlace> = {}) {
  const asked: Asked[] = [];
  const compared: { word: string; sentences: string[] }[] = [];
  const events: MaskingEvent[] = [];
  const reader: Reader & { models: string[]; error: Error | undefined } = {
    models: ['/runs/a', '/runs/b'],
    error: undefined,
    choices() {
      return this.models.map((folder) => ({ folder, label: folder.slice(6) }));
    },
    masking(model, text, seed) {
      asked.push({ model, text, seed });
      if (this.error !== undefined) return Promise.reject(this.error);
      const token = { name: text, start: 0, end: text.length, special: false, mark: 'kept' as const };
      const tokens = [{ ...token, shown: text, predictions: [], probability: 0.5 }];
      return Promise.resolve({ tokens, cut: 0, chosen: 1, right: 0, loss: 1 });
    },
    polysemy(_, word, sentences) {
      compared.push({ word, sentences });
      return Promise.resolve(POLYSEMY);
    },
  };
  const session = new MaskingSession({ ...PLACE, ...place }, reader);
  t.after(() => session.dispose());
  session.watch((event) => events.push(event));
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !isSo(); i++) await sleep(10);
    assert.ok(isSo(), JSON.stringify(events.map(({ type }) => type)));
  };
  const last = <Type extends MaskingEvent['type']>(type: Type) =>
    events.findLast((event): event is Extract<MaskingEvent, { type: Type }> => event.type === type);
  return { session, reader, asked, compared, events, until, last };
}

describe('MaskingSession', () => {
  it('masks the part of the text with the first model, and says that nobody asked once it has', async (t) => {
    const { session, asked, until, last } = stage(t);
    session.setText('a.txt', 'one two three', { from: 4, to: 7 });
    await until(() => last('content') !== undefined);
    assert.deepEqual(asked, [{ model: '/runs/a', text: 'two', seed: 1 }]);
    assert.deepEqual([last('content')!.content.asked, last('state')!.state.closed], [true, false]);
    session.setText('a.txt', 'one TWO three', { from: 4, to: 7 });
    await until(() => asked.length === 2 && last('content')!.content.revision === 2);
    assert.equal(last('content')!.content.asked, false);
    session.setText('a.txt', 'one TWO three', { from: 4, to: 7 });
    await sleep(300);
    assert.equal(asked.length, 2);
  });

  it('draws other masks, and takes other models', async (t) => {
    const { session, asked, until, last } = stage(t);
    session.setText('a.txt', 'one', undefined);
    await until(() => asked.length === 1);
    session.reseed();
    await until(() => last('content')?.content.revision === 2);
    assert.deepEqual([asked[1]!.seed, last('state')!.state.place.seed], [2, 2]);
    assert.equal(last('content')!.content.asked, true);
    session.choose('/runs/b');
    await until(() => asked.length === 3);
    assert.equal(asked[2]!.model, '/runs/b');
  });

  it('tells nothing of the former model to a page that comes before the new one has answered', async (t) => {
    const { session, until, last } = stage(t, { word: 'one' });
    session.setText('a.txt', 'One one. Two one.', undefined);
    await until(() => last('content') !== undefined && last('word') !== undefined);
    session.choose('/runs/b');
    const heard: MaskingEvent['type'][] = [];
    session.watch(({ type }) => heard.push(type));
    assert.deepEqual(heard, ['state']);
    await until(() => heard.includes('content') && heard.includes('word'));
  });

  it('knows where in the document a token of the last revision stands', async (t) => {
    const { session, until, last } = stage(t);
    session.setText('a.txt', 'one two three', { from: 4, to: 7 });
    await until(() => last('content') !== undefined);
    assert.deepEqual(session.placeOf(1, 0), { from: 4, to: 7 });
    assert.deepEqual([session.placeOf(0, 0), session.placeOf(1, 9)], [undefined, undefined]);
    session.setText('a.txt', 'and one two three', { from: 8, to: 11 });
    assert.equal(session.placeOf(1, 0), undefined, 'the text has moved, and is looked at again only later');
  });

  it('compares a word between the sentences of the whole document', async (t) => {
    const { session, compared, until, last } = stage(t, { word: 'bank' });
    session.setText('a.txt', 'A bank. The bank. No.', { from: 0, to: 7 });
    await until(() => last('word') !== undefined);
    assert.deepEqual(compared, [{ word: 'bank', sentences: ['A bank.', 'The bank.'] }]);
    assert.equal(last('word')!.word.total, 2);
    session.setWord('no');
    await until(() => last('wordProblem') !== undefined);
    assert.match(last('wordProblem')!.problem.message, /^one sentence of the document holds the word "no"/);
    session.setWord(' ');
    await until(() => last('noWord') !== undefined);
    assert.equal(compared.length, 1);
  });

  it('tells what goes wrong, and tries again when asked', async (t) => {
    const { session, reader, until, last } = stage(t);
    reader.error = new RemoteError('no head', { code: 'model', hint: 'take another' });
    session.setText('a.txt', 'one', undefined);
    await until(() => last('problem') !== undefined);
    assert.deepEqual(last('problem')!.problem, { message: 'no head', hint: 'take another' });
    reader.error = undefined;
    session.retry();
    await until(() => last('content') !== undefined);
  });

  it('takes the first model that comes, and follows nothing while it is out of sight', async (t) => {
    const { session, reader, asked, until, last } = stage(t);
    reader.models = [];
    const empty = new MaskingSession(PLACE, reader);
    t.after(() => empty.dispose());
    empty.setText('a.txt', 'one', undefined);
    reader.models = ['/runs/c'];
    empty.modelsChanged();
    await until(() => asked.some(({ model }) => model === '/runs/c'));
    session.setVisible(false);
    session.setText('a.txt', 'two', undefined);
    await sleep(300);
    assert.ok(asked.every(({ text }) => text !== 'two'));
    session.setVisible(true);
    await until(() => asked.some(({ text }) => text === 'two'));
    session.closed();
    assert.equal(last('state')!.state.closed, true);
  });
});
