import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from './result-cache.ts';
import { type Snapshot, snapshotAt } from './snapshot.ts';

/** A document with the cursor at `|`. */
function at(text: string, uri = 'file:///a.ts'): Snapshot {
  const offset = text.indexOf('|');
  const document = text.replace('|', '');
  return snapshotAt(uri, offset, (from, to) => document.slice(from, to));
}

/** An answer was given at one place; the lookup is at another. Expected: text and number of units replaced, or none. */
const CASES: readonly {
  name: string;
  made: string;
  text: string;
  replace?: number;
  now: string;
  found: readonly [text: string, replace: number] | undefined;
}[] = [
  { name: 'the same place', made: 'let a|\nb', text: ' = 1;', now: 'let a|\nb', found: [' = 1;', 0] },
  {
    name: 'a character typed along',
    made: 'let a|\nb',
    text: ' = 1;',
    now: 'let a |\nb',
    found: ['= 1;', 0],
  },
  { name: 'a word accepted', made: 'x|', text: ' = one + two;', now: 'x = one|', found: [' + two;', 0] },
  {
    name: 'a line of several accepted',
    made: 'f|',
    text: '() {\n  a;\n}',
    now: 'f() {\n  |',
    found: ['a;\n}', 0],
  },
  { name: 'another character typed', made: 'let a|\nb', text: ' = 1;', now: 'let a:|\nb', found: undefined },
  { name: 'all of it typed', made: 'let a|\nb', text: ' = 1;', now: 'let a = 1;|\nb', found: undefined },
  { name: 'text before it differs', made: 'let a|', text: ' = 1;', now: 'var a|', found: undefined },
  { name: 'text after it differs', made: 'a|\nb', text: ' = 1;', now: 'a|\nc', found: undefined },
  { name: 'text far after it is gone', made: 'a|\nb\nc', text: ' = 1;', now: 'a|\nb', found: undefined },
  { name: 'deleted beyond where it was made', made: 'let a|', text: ' = 1;', now: 'let |', found: undefined },
  {
    name: 'an opener typed that the editor closes',
    made: 'f|\nx',
    text: '(a, b);\ny',
    now: 'f(|)\nx',
    found: ['a, b);\ny', 1],
  },
  {
    name: 'two openers, closed by the editor',
    made: 'f|',
    text: '([a]);',
    now: 'f([|])',
    found: ['a]);', 2],
  },
  {
    name: 'a quote that the editor closes',
    made: 'log|',
    text: '("hi")',
    now: 'log("|")',
    found: ['hi")', 2],
  },
  {
    name: 'the closer typed over',
    made: 'f(|)\nx',
    text: 'a, b);',
    replace: 1,
    now: 'f(a, b)|\nx',
    found: [';', 0],
  },
  {
    name: 'only the closer is left, which is there',
    made: 'f(|)',
    text: 'a)',
    replace: 1,
    now: 'f(a|)',
    found: undefined,
  },
  { name: 'the closer deleted', made: 'f(|)\nx', text: 'a);', replace: 1, now: 'f(|\nx', found: ['a);', 0] },
  {
    name: 'an opener inside what is replaced',
    made: 'f(|)',
    text: 'g(x));',
    replace: 1,
    now: 'f(g(|))',
    found: ['x));', 2],
  },
  {
    name: 'a closer that the text does not bring',
    made: 'f|',
    text: '(a, b',
    now: 'f(|)',
    found: ['a, b', 0],
  },
  {
    name: 'a brace closed on the same line',
    made: 'if (x) |',
    text: '{\n  y();\n}',
    now: 'if (x) {|}',
    found: ['\n  y();\n}', 1],
  },
  {
    name: 'Enter between braces',
    made: 'if (x) |\nz',
    text: '{\n  y();\n}\n',
    now: 'if (x) {\n  |\n}\nz',
    found: ['y();', 0],
  },
  {
    name: 'Enter between braces, nested ones inside',
    made: '|',
    text: '{\n  a({ b });\n  c\n}',
    now: '{\n  |\n}',
    found: ['a({ b });\n  c', 0],
  },
  {
    name: 'a bracket after the cursor that nobody opened',
    made: 'f|',
    text: ' = 1;',
    now: 'f =|)',
    found: undefined,
  },
  {
    name: 'line ends of Windows',
    made: 'a\r\n|\r\nb',
    text: 'x\r\ny',
    now: 'a\r\nx|\r\nb',
    found: ['\r\ny', 0],
  },
];

describe('the result cache', () => {
  for (const { name, made, text, replace = 0, now, found } of CASES) {
    it(`${found === undefined ? 'has nothing' : 'goes on'}: ${name}`, () => {
      const cache = new ResultCache();
      cache.put('model', at(made), { text, replace });
      const answer = cache.find('model', at(now));
      assert.deepEqual(answer && [answer.text, answer.replace], found);
    });
  }

  it('remembers that there was nothing to say, but only for that place', () => {
    const cache = new ResultCache();
    cache.put('model', at('a|'), { text: '', replace: 0, nothing: 'blank' });
    assert.equal(cache.find('model', at('a|'))?.nothing, 'blank');
    assert.equal(cache.find('model', at('ab|')), undefined);
  });

  it('keeps models and documents apart', () => {
    const cache = new ResultCache();
    cache.put('model', at('a|'), { text: 'bc', replace: 0 });
    assert.equal(cache.find('other', at('a|')), undefined);
    assert.equal(cache.find('model', at('a|', 'file:///b.ts')), undefined);
  });

  it('returns to the earlier answer when the later typing is deleted', () => {
    const cache = new ResultCache();
    cache.put('model', at('let a|'), { text: ' = 1;', replace: 0 });
    cache.put('model', at('let ab|'), { text: ' = 2;', replace: 0 });
    assert.equal(cache.find('model', at('let ab|'))?.text, ' = 2;');
    assert.equal(cache.find('model', at('let a|'))?.text, ' = 1;');
  });

  it('prefers the answer that was made nearest to the cursor', () => {
    const cache = new ResultCache();
    cache.put('model', at('let ab|'), { text: 'c = 2;', replace: 0 });
    cache.put('model', at('let a|'), { text: 'bc = 1;', replace: 0 });
    assert.equal(cache.find('model', at('let abc|'))?.text, ' = 2;');
  });

  it('finds an answer in a long document whose window has moved on', () => {
    const cache = new ResultCache();
    const line = `${'x'.repeat(49)}\n`;
    const before = line.repeat(499) + 'x'.repeat(20); // 24,970: the window moves at 25,000
    const text = 'y'.repeat(100);
    cache.put('model', at(`${before}|`), { text, replace: 0 });
    for (let typed = 0; typed < 100; typed++) {
      assert.equal(cache.find('model', at(`${before}${'y'.repeat(typed)}|`))?.text.length, 100 - typed);
    }
  });

  it('forgets the answers that were used longest ago', () => {
    const cache = new ResultCache(3);
    for (const name of ['a', 'b', 'c']) cache.put('model', at(`${name}|`), { text: '1', replace: 0 });
    cache.find('model', at('a|'));
    cache.put('model', at('d|'), { text: '1', replace: 0 });
    assert.equal(cache.size, 3);
    assert.equal(cache.find('model', at('b|')), undefined);
    assert.equal(cache.find('model', at('a|'))?.text, '1');
  });

  it('looks up among 250 places of one long document in less than 5 ms', () => {
    const cache = new ResultCache();
    const document = 'const value = other(value, 1);\n'.repeat(1500);
    for (let index = 0; index < 250; index++) {
      const offset = 30_000 + 2 * index;
      cache.put(
        'model',
        snapshotAt('file:///a', offset, (from, to) => document.slice(from, to)),
        {
          text: document.slice(offset, offset + 200),
          replace: 0,
        },
      );
    }
    const now = snapshotAt('file:///a', 30_499, (from, to) => document.slice(from, to));
    const times = Array.from({ length: 20 }, () => {
      const began = performance.now();
      cache.find('model', now);
      return performance.now() - began;
    });
    assert.ok(Math.min(...times) < 5); // the others may have waited for a busy machine
  });
});
