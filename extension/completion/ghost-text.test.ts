import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Ghost, GhostText } from './ghost-text.ts';

const uri = 'file:///a.ts';
const at = (offset: number) => ({ uri, offset, prefix: '', suffix: '' });
const insert = (offset: number, text: string, length = 0) => ({ offset, length, text });

describe('the suggestion on the screen', () => {
  let log: string[] = [];
  let ghost: GhostText;

  beforeEach(() => {
    log = [];
    ghost = new GhostText({
      onEnd: ({ id }, taken) => log.push(`${id} ${taken ? 'taken' : 'gone'}`),
      onPart: ({ id }, part) => log.push(`${id} part ${part}`),
    });
  });

  const accepted = (id: number): Pick<Ghost, 'offset' | 'text'> | undefined => {
    const found = ghost.accepted(id);
    return found && { offset: found.offset, text: found.text };
  };

  it('stays the same while the user types along it', () => {
    const id = ghost.show(at(10), 'foo();', 0);
    assert.ok(ghost.edit(uri, insert(10, 'f')));
    assert.equal(ghost.show(at(11), 'oo();', 5), id);
    assert.deepEqual(log, []);
  });

  it('stays where the editor closes the bracket that is typed', () => {
    const id = ghost.show(at(10), '(a);', 0);
    assert.ok(ghost.edit(uri, insert(10, '()')));
    assert.equal(ghost.show(at(11), 'a);', 5), id);
    assert.deepEqual(log, []);
  });

  it('ends with another key, and with another suggestion', () => {
    ghost.show(at(10), 'foo', 0);
    assert.ok(!ghost.edit(uri, insert(10, 'x')));
    ghost.show(at(11), 'bar', 0);
    ghost.show(at(11), 'baz', 0);
    assert.deepEqual(log, ['1 gone', '2 gone']);
  });

  it('ends with a deletion, and with an edit elsewhere in the document', () => {
    ghost.show(at(10), 'foo', 0);
    assert.ok(!ghost.edit(uri, insert(9, '', 1)));
    ghost.show(at(10), 'foo', 0);
    assert.ok(!ghost.edit(uri, insert(40, 'x')));
    assert.deepEqual(log, ['1 gone', '2 gone']);
  });

  it('does not care for other documents', () => {
    ghost.show(at(10), 'foo', 0);
    assert.ok(ghost.edit('file:///b.ts', insert(10, 'x')));
    assert.deepEqual(log, []);
  });

  it('tells of a word and of a line that are accepted, not of keys', () => {
    ghost.show(at(10), 'foo() {\n  bar(😀);\n}', 0);
    ghost.edit(uri, insert(10, 'foo'));
    ghost.edit(uri, insert(13, '('));
    ghost.edit(uri, insert(14, ') {'));
    ghost.edit(uri, insert(17, '\n  '));
    ghost.edit(uri, insert(20, 'bar('));
    ghost.edit(uri, insert(24, '😀'));
    assert.deepEqual(log, ['1 part foo', '1 part ) {', '1 part bar(']);
  });

  it('tells of a part even if the editor writes the word before it again', () => {
    ghost.show(at(10), 'bar baz', 0);
    assert.ok(ghost.edit(uri, insert(7, 'foobar', 3)));
    assert.deepEqual(log, ['1 part bar']);
    assert.ok(ghost.edit(uri, insert(13, ' ')));
  });

  it('is accepted as a whole: the text comes first, then the command', () => {
    const id = ghost.show(at(10), 'foo()', 0);
    ghost.edit(uri, insert(10, 'f'));
    assert.ok(ghost.edit(uri, insert(8, 'xyfoo()', 3)));
    assert.deepEqual(accepted(id), { offset: 11, text: 'oo()' });
    assert.equal(accepted(id), undefined);
    assert.deepEqual(log, ['1 taken']);
  });

  it('is accepted where its edit was not understood', () => {
    const id = ghost.show(at(10), 'foo()', 0);
    ghost.edit(uri, insert(0, 'the whole document, formatted', 10));
    assert.deepEqual(accepted(id), { offset: 10, text: 'foo()' });
  });

  it('is not accepted by the last key that writes it', () => {
    ghost.show(at(10), 'fo', 0);
    ghost.edit(uri, insert(10, 'f'));
    assert.ok(ghost.edit(uri, insert(11, 'o')));
    assert.deepEqual(log, ['1 taken']);
  });
});
