import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineAfter, lineBefore, snapshotAt, withText } from './snapshot.ts';

const of = (text: string, offset: number) =>
  snapshotAt('file:///a', offset, (from, to) => text.slice(from, to));

describe('a snapshot', () => {
  it('holds a small document whole', () => {
    const { prefix, suffix } = of('let a = 1;\nlet b', 5);
    assert.deepEqual([prefix, suffix], ['let a', ' = 1;\nlet b']);
  });

  it('reads the same few characters of a document of any size', () => {
    let read = 0;
    const line = `${'x'.repeat(79)}\n`;
    const { prefix, suffix } = snapshotAt('file:///a', 25_000_000, (from, to) => {
      read += to - from;
      return line.repeat(Math.ceil((to - from) / line.length)).slice(0, to - from);
    });
    assert.ok(read <= 28_000);
    assert.ok(prefix.length > 14_000 && prefix.length <= 20_000);
    assert.equal(suffix.length, 8000);
  });

  it('begins at the same place while one types, and with a line', () => {
    const document = Array.from({ length: 2000 }, (_, line) => `const name${line} = ${line};`).join('\n');
    const heads = new Set<string>();
    for (let typed = 0; typed < 1000; typed++) {
      const { prefix } = of(document.slice(0, 41_000) + 'y'.repeat(typed), 41_000 + typed);
      heads.add(prefix.slice(0, 100));
    }
    assert.equal(heads.size, 1);
    assert.match([...heads][0]!, /^const name/);
  });

  it('cuts no character in two, in a file of one line', () => {
    const { prefix, suffix } = of(`a${'😀'.repeat(30_000)}`, 40_001);
    assert.doesNotThrow(() => encodeURI(prefix));
    assert.doesNotThrow(() => encodeURI(suffix));
  });

  it('knows the line of the cursor, with either line ending', () => {
    const snapshot = of('a\r\nfoo(b)\r\nc', 7);
    assert.equal(lineBefore(snapshot), 'foo(');
    assert.equal(lineAfter(snapshot), 'b)');
  });

  it('shows what a document becomes when text is put in', () => {
    assert.deepEqual(withText(of('f()', 2), 'a, b)', 1), {
      uri: 'file:///a',
      offset: 7,
      prefix: 'f(a, b)',
      suffix: '',
    });
  });
});
