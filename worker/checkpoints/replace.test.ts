import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { readReplaceable, replaceFolder, requireReplaceable } from './replace.ts';

const parent = mkdtempSync(join(tmpdir(), 'cloze-replace-'));
after(() => rmSync(parent, { recursive: true }));
const folder = join(parent, 'last');

function write(text: string): void {
  replaceFolder(
    folder,
    (temporary) => writeFileSync(join(temporary, 'file'), text),
    () => true,
  );
}

const textIn = (path: string) => readFileSync(join(path, 'file'), 'utf8');

beforeEach(() => write('1'));

describe('a reader whose folder is replaced while it reads', () => {
  it('reads again after a failure', () => {
    let reads = 0;
    const read = (path: string): string => {
      if (++reads > 1) return textIn(path);
      write('2');
      throw new Error('gone');
    };
    assert.equal(
      readReplaceable(folder, read, () => assert.fail('nothing was read')),
      '2',
    );
    assert.equal(reads, 2);
  });

  it('reads again after success, and gives back what is out of date', () => {
    const discarded: string[] = [];
    let reads = 0;
    const read = (path: string): string => {
      const text = textIn(path);
      if (++reads === 1) write('2');
      return text;
    };
    assert.equal(
      readReplaceable(folder, read, (text) => discarded.push(text)),
      '2',
    );
    assert.deepEqual(discarded, ['1']);
  });

  it('does not go on for ever', () => {
    let reads = 0;
    const read = (path: string): string => {
      const text = textIn(path);
      write(String(++reads));
      return text;
    };
    readReplaceable(folder, read, () => undefined);
    assert.equal(reads, 5);
  });
});

it('a failure of a folder that stays is thrown at once', () => {
  let reads = 0;
  const read = () => {
    reads++;
    throw new Error('broken');
  };
  assert.throws(() => readReplaceable(folder, read, () => undefined), /broken/);
  assert.equal(reads, 1);
});

it('a writer that fails leaves the folder, and its own error', () => {
  const fail = () => {
    throw new TypeError('a bug');
  };
  assert.throws(() => replaceFolder(folder, fail, () => true), TypeError);
  assert.equal(textIn(folder), '1');
  assert.deepEqual(readdirSync(parent), ['last']);
});

it('what a link points to is replaced, even if it is not there yet', () => {
  const link = join(parent, 'link');
  symlinkSync('later', link, 'dir');
  for (const text of ['1', '2']) {
    replaceFolder(
      link,
      (temporary) => writeFileSync(join(temporary, 'file'), text),
      () => true,
    );
    assert.equal(textIn(join(parent, 'later')), text);
  }
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.deepEqual(readdirSync(parent).sort(), ['last', 'later', 'link']);
});

it('a mounted disk is refused', { skip: process.platform === 'win32' }, () => {
  assert.throws(() => requireReplaceable('/dev', () => true), { message: /where a disk is mounted/ });
});
