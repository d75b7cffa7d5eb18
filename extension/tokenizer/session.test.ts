import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  LONGEST_SHOWN,
  type TokenizerContent,
  type TokenizerEvent,
  TokenizerEventSchema,
  type TokenizerState,
} from '../../webview/protocol/tokenizer.ts';
import { patched } from '../../webview/tokenizer/patched.ts';
import type { TokenizedText } from '../../worker/protocol/tokenizer.ts';
import { type Source, type Tokenizers, TokenizerSession } from './session.ts';

class FakeDocument implements Source {
  readonly name = 'a.ts';
  isClosed = false;
  version = 1;
  content: string;

  constructor(content: string) {
    this.content = content;
  }

  get length(): number {
    return this.content.length;
  }

  text({ from, to }: { from: number; to: number }): string {
    return this.content.slice(from, to);
  }

  lineAt(offset: number): number {
    return this.content.slice(0, offset).split('\n').length - 1;
  }

  replace(
    offset: number,
    length: number,
    text: string,
  ): { offset: number; length: number; inserted: number } {
    this.content = this.content.slice(0, offset) + text + this.content.slice(offset + length);
    this.version++;
    return { offset, length, inserted: text.length };
  }
}

/** One token a text. */
function oneToken(text: string): TokenizedText {
  const one = Uint32Array.of(text.length);
  const used = { ids: Int32Array.of(0), entries: [text], bytes: Buffer.from(text), ends: one };
  return {
    kind: 'bpe',
    version: '',
    vocabSize: 1,
    distinct: 1,
    ids: Int32Array.of(0),
    ends: one,
    marks: Uint8Array.of(2),
    used: { ...used, bytes: Uint8Array.from(used.bytes) },
    characters: text.length,
    bytes: text.length,
  };
}

class FakeTokenizers implements Tokenizers {
  readonly asked: string[] = [];
  known = [
    { folder: '/runs/a', label: 'a' },
    { folder: '/runs/b', label: 'b' },
  ];

  choices() {
    return this.known;
  }

  /** What the next answers wait for. */
  gate: Promise<void> = Promise.resolve();

  async tokenize(folder: string, text: string): Promise<TokenizedText> {
    this.asked.push(`${folder} ${text}`);
    await this.gate;
    if (folder === '/gone') throw new Error('/gone is not there');
    return oneToken(text);
  }

  explain() {
    return Promise.resolve([]);
  }
}

interface Page {
  readonly session: TokenizerSession;
  readonly document: FakeDocument;
  readonly tokenizers: FakeTokenizers;
  readonly events: TokenizerEvent[];
  readonly content: TokenizerContent | undefined;
  readonly state: TokenizerState | undefined;
  /** Lets time pass, and what has begun end. */
  pass(ms: number): Promise<void>;
}

function open(t: TestContext, text: string, place: { main?: string; other?: string } = {}): Page {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const document = new FakeDocument(text);
  const tokenizers = new FakeTokenizers();
  const session = new TokenizerSession({ uri: 'file:///a.ts', main: '', other: '', ...place }, tokenizers);
  const events: TokenizerEvent[] = [];
  session.watch((event) => events.push(TokenizerEventSchema.parse(event)));
  session.setSource(document);
  t.after(() => session.dispose());
  const last = <Type extends TokenizerEvent['type']>(type: Type) =>
    events.findLast((event): event is Extract<TokenizerEvent, { type: Type }> => event.type === type);
  return {
    session,
    document,
    tokenizers,
    events,
    /** As the page has it. */
    get content() {
      let content: TokenizerContent | undefined;
      for (const event of events) {
        if (event.type === 'content') content = event.content;
        if (event.type === 'patch') content = patched(content!, event.patch);
      }
      return content;
    },
    get state() {
      return last('state')?.state;
    },
    async pass(ms) {
      t.mock.timers.tick(ms);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    },
  };
}

describe('a tokenizer session', () => {
  it('shows the document with the first tokenizer', async (t) => {
    const page = open(t, 'let x;\n');
    await page.pass(0);
    assert.equal(page.state?.place.main, '/runs/a');
    assert.equal(page.content?.text, 'let x;\n');
    assert.deepEqual(
      page.content.columns.map(({ slot, label }) => [slot, label]),
      [['main', 'a']],
    );
  });

  it('follows edits once they pause, and tells offsets of the newest content only', async (t) => {
    const page = open(t, 'let x;');
    await page.pass(0);
    const before = page.content!;
    for (let i = 0; i < 5; i++) {
      page.session.edited([page.document.replace(0, 0, '/')]);
      await page.pass(30);
    }
    assert.equal(page.tokenizers.asked.length, 1);
    assert.equal(page.session.inDocument({ revision: before.revision, from: 0, to: 1 }), undefined);
    await page.pass(2000);
    assert.equal(page.content?.text, '/////let x;');
    const { revision } = page.content;
    assert.notEqual(revision, before.revision);
    assert.deepEqual(page.session.inDocument({ revision, from: 5, to: 99 }), { from: 5, to: 11 });
  });

  it('follows no edits while it is hidden, and catches up', async (t) => {
    const page = open(t, 'x');
    await page.pass(0);
    page.session.setVisible(false);
    page.session.edited([page.document.replace(1, 0, 'y')]);
    await page.pass(2000);
    assert.equal(page.tokenizers.asked.length, 1);
    page.session.setVisible(true);
    await page.pass(0);
    assert.equal(page.content?.text, 'xy');
    page.session.setVisible(true);
    await page.pass(0);
    assert.equal(page.tokenizers.asked.length, 2);
  });

  it('shows a part that moves with the text, and places in it', async (t) => {
    const page = open(t, 'one\ntwo\nthree\n');
    page.session.setRange({ from: 4, to: 7 });
    await page.pass(0);
    assert.deepEqual([page.content?.text, page.content?.firstLine, page.content?.total], ['two', 1, 3]);
    page.session.edited([page.document.replace(0, 0, 'zero\n')]);
    await page.pass(2000);
    assert.deepEqual([page.content?.text, page.content?.firstLine], ['two', 2]);
    const { revision } = page.content!;
    assert.deepEqual(page.session.inDocument({ revision, from: 1, to: 2 }), { from: 10, to: 11 });
    page.session.setSelection({ from: 0, to: 11 });
    assert.deepEqual(page.events.at(-1), { type: 'selection', range: { revision, from: 0, to: 2 } });
    const told = page.events.length;
    page.session.setSelection({ from: 14, to: 16 });
    page.session.pointAt(1);
    assert.equal(page.events.length, told, 'nothing of them is in the part');
    page.session.pointAt(9);
    assert.deepEqual(page.events.at(-1), { type: 'hover', range: { revision, from: 0, to: 1 } });
  });

  it('takes the mark of the mouse away, as VS Code does not say that it has left', async (t) => {
    const page = open(t, 'one two');
    await page.pass(0);
    const isMarked = (): boolean => {
      const last = page.events.findLast((event) => event.type === 'hover');
      return last?.range !== undefined;
    };
    const causes = {
      selection: () => page.session.setSelection({ from: 1, to: 2 }),
      hiding: () => page.session.setVisible(false),
      leaving: () => page.session.pointAt(99),
      edit: () => page.session.edited([page.document.replace(0, 0, 'x')]),
    };
    for (const [name, happens] of Object.entries(causes)) {
      page.session.pointAt(4);
      assert.ok(isMarked(), name);
      happens();
      assert.ok(!isMarked(), name);
    }
    const told = page.events.length;
    page.session.pointAt(undefined);
    assert.equal(page.events.length, told, 'it is told once');
  });

  it('tells no content that was overtaken, and no places of one', async (t) => {
    const page = open(t, 'one\ntwo\n');
    await page.pass(0);
    const { revision } = page.content!;
    let release = (): void => undefined;
    page.tokenizers.gate = new Promise((resolve) => (release = resolve));
    page.session.choose('main', '/runs/b');
    await page.pass(0);
    page.session.setRange({ from: 4, to: 7 });
    release();
    await page.pass(0);
    assert.deepEqual(
      [page.content?.revision, page.content?.text, page.content?.columns[0]?.label],
      [revision + 1, 'two', 'b'],
    );
    assert.equal(page.session.inDocument({ revision, from: 0, to: 1 }), undefined);
  });

  it('shows the beginning of a large document and says so', async (t) => {
    const page = open(t, 'x'.repeat(LONGEST_SHOWN + 5));
    await page.pass(0);
    assert.equal(page.content?.text.length, LONGEST_SHOWN);
    assert.equal(page.content.total, LONGEST_SHOWN + 5);
  });

  it('shows the problem of one tokenizer beside the tokens of the other', async (t) => {
    const page = open(t, 'x', { main: '/gone', other: '/runs/b' });
    await page.pass(0);
    const [main, other] = page.content!.columns;
    assert.ok('problem' in main! && main.problem.message.includes('gone is not there'));
    assert.ok('tokens' in other!);
    assert.ok(page.state?.choices.some(({ folder }) => folder === '/gone'));
  });

  it('waits for a tokenizer where there is none', async (t) => {
    const page = open(t, 'x');
    await page.pass(0);
    const fresh = new FakeTokenizers();
    fresh.known = [];
    const session = new TokenizerSession({ uri: 'file:///a.ts', main: '', other: '' }, fresh);
    session.setSource(page.document);
    await page.pass(0);
    assert.deepEqual(fresh.asked, []);
    fresh.known = [{ folder: '/runs/new', label: 'new' }];
    session.tokenizersChanged();
    await page.pass(0);
    assert.equal(session.place.main, '/runs/new');
    session.tokenizersChanged();
    await page.pass(0);
    assert.deepEqual(fresh.asked, ['/runs/new x']);
  });

  it('keeps what it showed when the document is closed, and goes on when it is opened again', async (t) => {
    const page = open(t, 'x');
    await page.pass(0);
    page.document.isClosed = true;
    page.session.closed();
    assert.ok(page.state?.closed);
    assert.equal(page.content?.text, 'x');
    page.session.setSource(new FakeDocument('xy'));
    await page.pass(0);
    assert.ok(!page.state.closed);
    assert.equal(page.content.text, 'xy');
  });

  it('tells a page that comes later everything', async (t) => {
    const page = open(t, 'x');
    await page.pass(0);
    const events: TokenizerEvent[] = [];
    page.session.watch((event) => events.push(event));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['state', 'content', 'selection'],
    );
    const told = page.events.length;
    page.session.choose('other', '/runs/b');
    assert.equal(page.events.length, told, 'the page before it hears no more');
  });
});
