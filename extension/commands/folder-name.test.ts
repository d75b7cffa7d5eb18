import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFolderName } from './folder-name.ts';

it('isFolderName: one step down, and no other', () => {
  const names = ['a', '.a', '...', '', '.', '..', 'a/b', 'a\\b'];
  assert.deepEqual(names.filter(isFolderName), ['a', '.a', '...']);
});
