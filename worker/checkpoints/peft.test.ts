import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ADAPTER_CONFIG, baseChain, isAdapterFolder } from './peft.ts';

describe('the folder of an adapter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-adapter-'));
  after(() => rmSync(folder, { recursive: true }));
  const adapter = join(folder, 'adapter');
  mkdirSync(adapter);
  const config = { peft_type: 'LORA', base_model_name_or_path: '../base', r: 2, lora_alpha: 2 };
  writeFileSync(join(adapter, ADAPTER_CONFIG), JSON.stringify(config));

  it('is one between the two renames of its writer, too, and has its base', () => {
    const chain = [adapter, join(folder, 'base')];
    assert.ok(isAdapterFolder(adapter));
    assert.deepEqual(baseChain(adapter), chain);
    renameSync(adapter, join(folder, '.adapter.previous'));
    assert.ok(isAdapterFolder(adapter));
    assert.deepEqual(baseChain(adapter), chain);
    assert.ok(!isAdapterFolder(join(folder, 'base')));
  });
});
