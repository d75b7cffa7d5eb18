import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Neighbours, pieceAround } from './neighbours.ts';

const text = (name: string): string => Array.from({ length: 20 }, (_, line) => `${name} ${line}`).join('\n');
const piece = (name: string, change = {}) => ({
  uri: `file:///${name}`,
  path: name,
  languageId: 'typescript',
  text: text(name),
  ...change,
});

function ring(...pieces: ReturnType<typeof piece>[]): Neighbours {
  const neighbours = new Neighbours();
  for (const each of pieces) neighbours.add(each);
  return neighbours;
}

/** Names, as each text begins with the one of its file. */
const names = (neighbours: Neighbours, uri = 'file:///x', languageId = 'typescript'): string[] =>
  neighbours.for(uri, languageId).map((each) => each.split(' ')[0]!);

describe('pieces of other files', () => {
  it('come the oldest first, so that the head of the prompt stays', () => {
    const neighbours = ring(piece('a.ts'), piece('b.ts'));
    assert.deepEqual(names(neighbours), ['a.ts', 'b.ts']);
    neighbours.add(piece('c.ts'));
    assert.deepEqual(names(neighbours), ['a.ts', 'b.ts', 'c.ts']);
  });

  it('are not those of the document itself, nor of another language', () => {
    const neighbours = ring(
      piece('a.ts'),
      piece('b.py', { languageId: 'python' }),
      piece('c.tsx', { languageId: 'typescriptreact' }),
    );
    assert.deepEqual(names(neighbours, 'file:///a.ts'), ['c.tsx']);
  });

  it('take the place of nearly the same of their file', () => {
    const neighbours = ring(piece('a.ts'), piece('b.ts'));
    const edited = text('a.ts').replace('a.ts 7', 'a.ts seven');
    neighbours.add(piece('a.ts', { text: edited }));
    assert.deepEqual(neighbours.for('file:///x', 'typescript'), [edited, text('b.ts')]);
    neighbours.add(piece('a.ts', { text: text('other') }));
    assert.deepEqual(names(neighbours), ['a.ts', 'b.ts', 'other']);
  });

  it('change nothing where another file has nearly the same', () => {
    const neighbours = ring(piece('a.ts'), piece('copy.ts', { text: text('a.ts') }));
    assert.deepEqual(names(neighbours), ['a.ts']);
  });

  it('are bounded', () => {
    const neighbours = ring(...Array.from({ length: 100 }, (_, index) => piece(`${index}.ts`)));
    assert.deepEqual(names(neighbours), ['94.ts', '95.ts', '96.ts', '97.ts', '98.ts', '99.ts']);
  });

  it('are gone with their file', () => {
    const neighbours = ring(piece('a.ts'), piece('b.ts'));
    neighbours.forget('file:///a.ts');
    assert.deepEqual(names(neighbours), ['b.ts']);
  });

  it('are gone with their folder', () => {
    const neighbours = ring(piece('a/b/c.ts'), piece('ab.ts'));
    neighbours.forget('file:///a');
    assert.deepEqual(names(neighbours), ['ab.ts']);
  });

  it('hold no secrets', () => {
    const neighbours = ring(
      ...['.env', 'a/.env.local', 'key.pem', 'my-secrets.ts', 'a.ts'].map((name) => piece(name)),
    );
    assert.deepEqual(names(neighbours), ['a.ts']);
  });
});

describe('pieceAround', () => {
  const lines = (all: readonly string[]) => ({ count: all.length, at: (line: number) => all[line]! });

  it('takes 64 lines around the line', () => {
    const document = Array.from({ length: 500 }, (_, line) => `line ${line}`);
    const taken = pieceAround(lines(document), 100)!.split('\n');
    assert.deepEqual([taken[0], taken.at(-1), taken.length], ['line 68', 'line 131', 64]);
  });

  it('takes no more than 2,000 characters', () => {
    const document = Array.from({ length: 500 }, () => 'x'.repeat(99));
    assert.equal(pieceAround(lines(document), 0)!.length, 20 * 100 - 1);
  });

  it('takes nothing where there is little, or lines are very long', () => {
    assert.equal(pieceAround(lines(['a', '', 'b', ' ']), 0), undefined);
    assert.equal(pieceAround(lines(['x'.repeat(1e6), 'b', 'c', 'd']), 0), undefined);
    assert.equal(pieceAround(lines([]), 5), undefined);
  });
});
