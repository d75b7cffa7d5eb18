import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { systemClock } from './clock.ts';
import { ModelSession } from './model-session.ts';
import { Suggester, type SuggesterOptions, type Suggestion } from './suggester.ts';
import { completion, FakeClock, FakeEditor, FakeWorker, settled } from './test-support.ts';

function setUp(change: Partial<SuggesterOptions> = {}) {
  const clock = new FakeClock();
  const worker = new FakeWorker(clock);
  const times: number[] = [];
  const problems: unknown[] = [];
  const suggester = new Suggester({
    clock,
    ready: () => Promise.resolve(),
    complete: worker.complete,
    ghost: { onEnd: () => undefined, onPart: () => undefined },
    onSuggestion: (_, ms) => times.push(ms),
    onProblem: (error) => problems.push(error),
    onBusy: () => undefined,
    ...change,
  });
  return { clock, worker, times, problems, suggester };
}

/** The model would write this text, whatever part of it is there; a line at a time. */
function writes(worker: FakeWorker, text: string): void {
  worker.answer = ({ prefix }) => {
    if (!text.startsWith(prefix)) return { nothing: 'blank' };
    const rest = text.slice(prefix.length);
    return rest.startsWith('\n') ? { nothing: 'blank' } : { text: rest.split('\n')[0]! };
  };
}

describe('typing along a suggestion', () => {
  const line = 'const answer = compute(first, second, third);';

  it('never runs the model', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, line);
    const editor = new FakeEditor(suggester, clock);
    await editor.type('const', 300);
    const asked = worker.requests.length;
    await editor.type(line.slice('const'.length, -1), 80);
    await clock.advance(1000);
    assert.equal(worker.requests.length, asked);
    assert.equal(editor.shown?.text, ';');
    assert.match(editor.decisions.all()[0]!.outcome!, /the rest/);
    assert.equal(editor.decisions.all()[0]!.times, line.length - 2); // all but the first key
  });

  it('does not either where the editor closes brackets', async () => {
    const { clock, worker, suggester } = setUp();
    worker.answer = () => ({ text: '(a, b);' });
    const editor = new FakeEditor(suggester, clock, { text: 'call' });
    await editor.type('s', 500);
    editor.put('(', ')');
    await clock.advance(500);
    await editor.type('a, b', 100);
    assert.equal(worker.requests.length, 1);
    assert.deepEqual([editor.shown?.text, editor.shown?.replace], [');', 1]);
  });

  it('shows the rest after a word was accepted, and the whole again after it was deleted', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, line);
    const editor = new FakeEditor(suggester, clock);
    await editor.type('const', 300);
    const { id } = editor.shown!;
    editor.put(' answer');
    await clock.advance(100);
    assert.equal(editor.shown?.text, ' = compute(first, second, third);');
    assert.equal(editor.shown.id, id);
    editor.delete(7);
    await clock.advance(100);
    assert.equal(editor.shown.text, ' answer = compute(first, second, third);');
    assert.equal(worker.requests.length, 1 + worker.cancelled);
  });

  it('answers from memory in less than 5 ms', async () => {
    const { suggester } = setUp({
      clock: systemClock,
      complete: () => Promise.resolve(completion({ text: 'abc'.repeat(50) })),
    });
    const text = 'const value = other(value, 1);\n'.repeat(1000);
    const editor = new FakeEditor(suggester, new FakeClock(), { text, keyAt: performance.now() });
    const ask = (): Promise<Suggestion | undefined> =>
      suggester.suggest(
        editor.ask(true),
        editor.decisions.begin('a.ts:1:1', true),
        new AbortController().signal,
      );
    await ask();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const began = performance.now();
      const suggestion = await ask();
      times.push(performance.now() - began);
      assert.equal(suggestion?.text.length, 150);
    }
    assert.ok(Math.min(...times) < 5); // the others may have waited for a busy machine
    suggester.dispose();
  });
});

describe('working ahead', () => {
  const program = 'let a = 1;\nlet b = 2;\n';

  it('has an answer for the line after the one that is accepted', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, program);
    const editor = new FakeEditor(suggester, clock, { prefetch: true });
    await editor.type('let a', 300);
    await clock.advance(1000);
    const asked = worker.requests.length;
    editor.accept();
    await clock.advance(100);
    editor.put('\n');
    await clock.advance(100);
    assert.equal(editor.shown?.text, 'let b = 2;');
    assert.equal(worker.requests.length, asked);
  });

  it('goes on while the user types along, and is not done twice', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, program);
    const editor = new FakeEditor(suggester, clock, { prefetch: true });
    await editor.type('l', 300);
    await editor.type('et a = ', 100);
    await clock.advance(2000);
    assert.equal(worker.cancelled, 0);
    assert.deepEqual(
      worker.requests.map(({ prefix }) => prefix),
      ['l', 'let a = 1;', 'let a = 1;\n'],
    );
  });

  it('hands what is under way to the editor that asks for it', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, program);
    const editor = new FakeEditor(suggester, clock, { text: 'let a = 1;\nlet', prefetch: true });
    await editor.type(' ', 100);
    worker.ms = 400;
    await clock.advance(160);
    editor.accept();
    await clock.advance(500);
    assert.equal(worker.cancelled, 0);
    assert.equal(worker.requests.length, new Set(worker.requests.map(({ prefix }) => prefix)).size);
  });

  it('ends at the first key that goes another way', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, program);
    const editor = new FakeEditor(suggester, clock, { prefetch: true });
    await editor.type('l', 100);
    worker.ms = 5000;
    await editor.type('et', 200);
    assert.equal(worker.cancelled, 0);
    editor.put('x');
    await settled();
    assert.equal(worker.cancelled, 1);
  });

  it('is not done where it is switched off', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, program);
    const editor = new FakeEditor(suggester, clock, { prefetch: false });
    await editor.type('let', 300);
    await clock.advance(5000);
    assert.equal(worker.requests.filter(({ prefix }) => prefix.length > 3).length, 0);
  });

  it('reads a document before the first key', async () => {
    const { clock, worker, suggester } = setUp();
    writes(worker, program);
    const editor = new FakeEditor(suggester, clock, { text: 'let' });
    suggester.warm(editor.ask(true));
    await clock.advance(500);
    assert.equal(worker.requests.length, 1);
    await editor.type(' a', 100);
    assert.equal(worker.requests.length, 1);
    assert.equal(editor.shown?.text, ' = 1;');
  });
});

describe('what users of others complain about', () => {
  it('it fires on each key (llama.vscode 161, llama.vim 66, tabby 2840): a slow model runs in pauses only', async () => {
    const { clock, worker, suggester } = setUp();
    worker.ms = 400;
    worker.answer = () => ({ text: ' never what is typed' });
    const editor = new FakeEditor(suggester, clock);
    await editor.type('a', 2000); // it learns how slow the model is
    const asked = worker.requests.length;
    await editor.type('thirty more keys without pause', 130);
    assert.ok(worker.requests.length - asked <= 1, `${worker.requests.length - asked} requests`);
    await clock.advance(2000);
    assert.equal(editor.shown?.text, ' never what is typed');
  });

  it('... and a fast model does not wait at all', async () => {
    const { clock, worker, times, suggester } = setUp();
    worker.answer = () => ({ text: '!' });
    const editor = new FakeEditor(suggester, clock);
    await editor.type('const value', 180);
    assert.deepEqual([...new Set(times)], [70]); // 50 of VS Code, 20 of the model
  });

  it('... and a wait that the user has set is kept', async () => {
    const { clock, worker, times, suggester } = setUp();
    worker.answer = () => ({ text: ' never what is typed' });
    const editor = new FakeEditor(suggester, clock, { delay: 300 });
    await editor.type('ab', 1000);
    assert.deepEqual(times, [320, 320]);
  });

  it('the old job goes on (llama.vim 92): a key cancels it at once', async () => {
    const { clock, worker, suggester } = setUp();
    worker.ms = 10_000;
    const editor = new FakeEditor(suggester, clock);
    await editor.type('a', 100);
    assert.deepEqual([worker.requests.length, worker.cancelled], [1, 0]);
    editor.put('b');
    await settled();
    assert.equal(worker.cancelled, 1);
  });

  it('nothing appears, and no reason is given (llama.vscode 8, continue 4611, tabby 308)', async () => {
    const { clock, worker, suggester, problems } = setUp();
    const editor = new FakeEditor(suggester, clock);
    const reasonAfter = async (key: string): Promise<string | undefined> => {
      await editor.type(key, 1000);
      return editor.decisions.all()[0]?.outcome;
    };
    worker.answer = () => ({ nothing: 'repeats what follows' });
    assert.match((await reasonAfter('a'))!, /nothing to say here: repeats what follows/);
    worker.answer = () => ({ reason: 'budget', nothing: 'unfinished' });
    assert.match((await reasonAfter('b'))!, /time was over/);
    worker.answer = () => {
      throw new RemoteError('the completer process ended with SIGKILL', { code: 'worker' });
    };
    assert.match((await reasonAfter('c'))!, /Failed: the completer process ended with SIGKILL/);
    assert.equal(problems.length, 1);
    worker.answer = () => ({ text: 'def' });
    assert.match((await reasonAfter('d'))!, /Shown: computed, 3 characters/);
    await editor.type('xy', 60);
    await clock.advance(1000);
    assert.match(editor.decisions.all()[1]!.outcome!, /A key came before the answer/);
  });

  it('a forced request comes out of memory (continue 6008): by hand, the model is asked', async () => {
    const { clock, worker, suggester } = setUp();
    worker.answer = () => ({ text: 'one' });
    const editor = new FakeEditor(suggester, clock);
    await editor.type('a', 200);
    worker.answer = () => ({ text: 'two' });
    void editor.invoke();
    await clock.advance(100);
    assert.equal(worker.requests.length, 2);
    assert.equal(editor.shown?.text, 'two');
    assert.ok(worker.requests[1]!.budgetMs! > worker.requests[0]!.budgetMs!);
  });

  it('Tab does not indent any more (llama.vscode 24): white space alone is never shown', async () => {
    const { clock, worker, suggester } = setUp();
    worker.answer = () => ({ text: '    ' });
    const editor = new FakeEditor(suggester, clock, { text: 'if (x) {\n' });
    await editor.type(' ', 200);
    assert.equal(editor.shown, undefined);
  });

  it('a cold model times out (tabby 3367): opening takes what it takes', async () => {
    const clock = new FakeClock();
    const signals: AbortSignal[] = [];
    const session = new ModelSession({
      clock,
      open: async (_, signal) => {
        signals.push(signal);
        await clock.sleep(20_000, signal);
      },
      onChange: () => undefined,
    });
    session.choose('/model');
    const worker = new FakeWorker(clock);
    worker.answer = () => ({ text: ' = 1;' });
    const { suggester } = setUp({
      clock,
      ready: (insist) => session.ready(insist),
      complete: worker.complete,
    });
    const editor = new FakeEditor(suggester, clock);
    await editor.type('let a', 200); // keys do not end the opening
    await clock.advance(25_000);
    assert.equal(signals.length, 1);
    assert.equal(signals[0]!.aborted, false);
    assert.equal(editor.shown?.text, ' = 1;');
  });

  it('one model of two features is loaded twice (continue 5965)', async () => {
    const clock = new FakeClock();
    let opened = 0;
    const session = new ModelSession({
      clock,
      open: () => {
        opened++;
        return Promise.resolve();
      },
      onChange: () => undefined,
    });
    session.choose('/model');
    await Promise.all([session.ready(), session.ready(true)]);
    await session.ready();
    assert.equal(opened, 1);
  });
});

describe('when another model is chosen', () => {
  it('nothing of the old one is shown, and it is not asked any more', async () => {
    const { clock, worker, suggester } = setUp();
    worker.answer = () => ({ text: ' of the old one' });
    const editor = new FakeEditor(suggester, clock);
    await editor.type('a', 200);
    assert.equal(editor.shown?.text, ' of the old one');
    worker.ms = 1000;
    await editor.type('b', 100);
    suggester.forget();
    await clock.advance(2000);
    assert.equal(worker.cancelled, 1);
    assert.equal(editor.shown, undefined);
    editor.delete(1);
    await clock.advance(100);
    assert.equal(editor.shown, undefined, 'nothing is remembered');
  });

  it('a request that waits for a pause or for the model to open is dropped', async () => {
    const clock = new FakeClock();
    const never = new AbortController().signal;
    const ready = (): Promise<boolean> => clock.sleep(500, never);
    const worker = new FakeWorker(clock);
    const { suggester } = setUp({ clock, ready, complete: worker.complete });
    const editor = new FakeEditor(suggester, clock);
    await editor.type('a', 200);
    suggester.forget();
    await clock.advance(2000);
    assert.equal(worker.requests.length, 0);
    assert.match(editor.decisions.all()[0]!.outcome!, /took its place/);
  });
});

describe('a long session', () => {
  it('keeps 1,000 completions in less than 10 MB', async () => {
    const answer = completion({ text: ' never what is typed'.repeat(10) });
    const { clock, suggester } = setUp({ complete: () => Promise.resolve(answer) });
    const text = 'const value = other(value, 1);\n'.repeat(2000);
    const editor = new FakeEditor(suggester, clock, { text, prefetch: true });
    await editor.type('a'.repeat(50), 200);
    const before = heapUsed();
    await editor.type('a'.repeat(1000), 200);
    const growth = heapUsed() - before;
    assert.ok(growth < 10e6, `${growth} bytes`);
  });
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
