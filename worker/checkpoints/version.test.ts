import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { TOKENIZER_FILES } from '../base/tokenizer-file-names.ts';
import { folderVersion } from './version.ts';

describe('the version of a model folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'cloze-version-'));
  after(() => rmSync(root, { recursive: true }));
  const model = join(root, 'model');
  const write = (name: string, text: string): void => writeFileSync(join(model, name), text);
  beforeEach(() => {
    rmSync(model, { recursive: true, force: true });
    mkdirSync(model);
    write('config.json', '{}');
    write('model.safetensors', 'weights');
  });

  it('is another as soon as a file is that says what the model is or reads', () => {
    const files = ['config.json', 'model.safetensors', 'generation_config.json', ...TOKENIZER_FILES];
    for (const name of files) {
      const before = folderVersion(model);
      write(name, 'something else');
      assert.notEqual(folderVersion(model), before, name);
    }
    const before = folderVersion(model);
    write('notes.txt', 'mine');
    assert.ok(before !== undefined && folderVersion(model) === before);
  });

  it('is undefined without a configuration or weights, whatever else is there', () => {
    write('tokenizer.json', '{}');
    rmSync(join(model, 'model.safetensors'));
    assert.equal(folderVersion(model), undefined);
    write('model.safetensors', 'weights');
    rmSync(join(model, 'config.json'));
    assert.equal(folderVersion(model), undefined);
  });

  it('is the same through a link, and where a writer has put the folder aside', () => {
    const before = folderVersion(model);
    const link = join(root, 'link');
    symlinkSync(model, link, 'junction');
    assert.equal(folderVersion(link), before);
    renameSync(model, join(root, '.model.previous'));
    assert.equal(folderVersion(model), before);
    assert.equal(folderVersion(link), before);
    renameSync(join(root, '.model.previous'), model);
  });
});
