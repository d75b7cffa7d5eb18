import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { realPath } from './real-path.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloze-paths-')));
after(() => rmSync(folder, { recursive: true }));

it('follows links, also to what is not there', () => {
  mkdirSync(join(folder, 'there'));
  symlinkSync('there', join(folder, 'link'), 'dir');
  symlinkSync('link/later', join(folder, 'dangling'), 'dir');
  symlinkSync('round', join(folder, 'round'), 'dir');
  const cases = {
    there: 'there',
    link: 'there',
    'link/new/deep': 'there/new/deep',
    dangling: 'there/later',
    'dangling/new': 'there/later/new',
    round: 'round',
  };
  for (const [path, real] of Object.entries(cases))
    assert.equal(realPath(join(folder, path)), join(folder, real), path);
});
