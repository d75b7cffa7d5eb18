import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readModelFolder } from './folder.ts';
import { floatTensor, SafetensorsFile, type TensorData, writeSafetensors } from './safetensors.ts';

const FIXTURE = join(import.meta.dirname, '../../test/fixtures/parity/mixtral');
const [LAYERS, E, F, C] = [2, 4, 40, 32];

describe('experts that are one tensor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-experts-'));
  after(() => rmSync(folder, { recursive: true }));

  /** The tensors of the fixture as transformers 5 has them in memory. */
  function fused(source: SafetensorsFile): Map<string, TensorData> {
    const tensors = new Map<string, TensorData>();
    for (const name of source.names.filter((each) => !each.includes('.block_sparse_moe.')))
      tensors.set(name, floatTensor(source.info(name).shape, source.readFloat32(name)));
    for (let layer = 0; layer < LAYERS; layer++) {
      const [old, now] = ['block_sparse_moe', 'mlp'].map((part) => `model.layers.${layer}.${part}`);
      const matrix = (e: number, name: string): Float32Array =>
        source.readFloat32(`${old!}.experts.${e}.${name}.weight`);
      const joined = (names: string[]): Float32Array =>
        Float32Array.from(
          Array.from({ length: E }, (_, e) => names.flatMap((name) => [...matrix(e, name)])).flat(),
        );
      tensors.set(`${now!}.gate.weight`, floatTensor([E, C], source.readFloat32(`${old!}.gate.weight`)));
      tensors.set(`${now!}.experts.gate_up_proj`, floatTensor([E, 2 * F, C], joined(['w1', 'w3'])));
      tensors.set(`${now!}.experts.down_proj`, floatTensor([E, C, F], joined(['w2'])));
    }
    return tensors;
  }

  it('read as those of the classic files, one for each matrix of each expert', () => {
    cpSync(FIXTURE, folder, { recursive: true });
    const source = new SafetensorsFile(join(FIXTURE, 'model.safetensors'));
    writeSafetensors(join(folder, 'model.safetensors'), fused(source), {});
    const { tensors } = readModelFolder(folder);
    assert.deepEqual(tensors.names, source.names);
    for (const name of source.names) {
      assert.deepEqual(tensors.info(name), source.info(name), name);
      assert.deepEqual(tensors.readFloat32(name), source.readFloat32(name), name);
      assert.deepEqual(tensors.readTyped(name), source.readTyped(name), name);
      assert.deepEqual(Buffer.concat([...tensors.chunks(name)]), Buffer.concat([...source.chunks(name)]));
    }
    assert.throws(() => tensors.info('model.layers.0.block_sparse_moe.experts.4.w1.weight'), {
      code: 'checkpoint',
    });
    tensors.close();
    source.close();
  });
});
