import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { folderWith } from '../data/test-support.ts';
import { modelFolder } from './model-folder.ts';

describe('modelFolder', () => {
  it('takes the best checkpoint of a run, or else the last, and any other folder as it is', (t) => {
    const run = folderWith(t, { 'run.json': '{}' });
    mkdirSync(join(run, 'checkpoints/last'), { recursive: true });
    assert.equal(modelFolder(run), join(run, 'checkpoints/last'));
    mkdirSync(join(run, 'checkpoints/best'));
    assert.equal(modelFolder(run), join(run, 'checkpoints/best'));
    const other = folderWith(t, {});
    assert.equal(modelFolder(other), other);
  });

  it('says of a run that it has no checkpoint yet, and of a preset that it has no weights', (t) => {
    assert.throws(() => modelFolder(folderWith(t, { 'run.json': '{}' })), {
      code: 'usage',
      message: /has no checkpoint yet/,
    });
    assert.throws(() => modelFolder('gpt-nano'), { code: 'usage', hint: /gpt-nano is a preset/ });
  });
});
