import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readModelFolder, writeModelFolder } from '../checkpoints/folder.ts';
import type { TensorData } from '../checkpoints/safetensors.ts';
import { copyOf, floatTensor } from '../checkpoints/safetensors.ts';
import type { TensorSource } from '../checkpoints/source.ts';
import type { GptConfig } from './config.ts';
import { fromHuggingFace, toHuggingFace } from './huggingface.ts';
import { parameterShapes } from './layout.ts';
import { PRESETS } from './presets.ts';
import { loadParameters, openParameters, tensorsToWrite } from './weights.ts';
import { DECODER_FIXTURES } from '../../test/support/decoder-fixtures.ts';

const parity = join(import.meta.dirname, '../../test/fixtures/parity');
const scratch = mkdtempSync(join(tmpdir(), 'cloze-weights-'));
after(() => rmSync(scratch, { recursive: true }));

function copyAll(source: TensorSource): Map<string, TensorData> {
  return new Map(source.names.map((name) => [name, copyOf(source, name)]));
}

/** What is in a folder of these tensors, opened for a configuration. */
function reopen<T>(config: GptConfig, tensors: Map<string, TensorData>, use: (source: TensorSource) => T): T {
  const path = join(scratch, 'model');
  writeModelFolder(path, { config: toHuggingFace(config), tensors });
  const folder = readModelFolder(path);
  try {
    return use(folder.tensors);
  } finally {
    folder.tensors.close();
  }
}

describe("the parameters of transformers' own folders", () => {
  for (const name of DECODER_FIXTURES) {
    const folder = readModelFolder(join(parity, name));
    const config = fromHuggingFace(folder.config);
    const parameters = loadParameters(config, folder.tensors);

    it(`${name}: all tensors are used, and no other expected`, () => {
      assert.deepEqual([...parameters.keys()].sort(), folder.tensors.names);
      for (const [key, shape] of parameterShapes(config)) {
        assert.deepEqual(folder.tensors.info(key).shape, shape, key);
        assert.ok(parameters.get(key)!.some((value) => value !== 0));
      }
    });

    it(`${name}: written again, the tensors are the same`, () => {
      reopen(config, tensorsToWrite(config, parameters), (source) => {
        assert.deepEqual(source.names, folder.tensors.names);
        for (const key of source.names) {
          assert.deepEqual(source.info(key), folder.tensors.info(key));
          assert.deepEqual(source.readFloat32(key), folder.tensors.readFloat32(key));
        }
      });
    });

    it(`${name}: names of the bare stack are read too`, () => {
      const bare = [...copyAll(folder.tensors)].map(
        ([key, data]) => [key.replace(/^(transformer|model)\./, ''), data] as const,
      );
      const loaded = reopen(config, new Map(bare), (source) => loadParameters(config, source));
      assert.deepEqual(loaded, parameters);
    });

    it(`${name}: half precision is read within its rounding`, () => {
      const loaded = reopen(config, tensorsToWrite(config, parameters, 'F16'), (s) =>
        loadParameters(config, s),
      );
      for (const [key, values] of parameters) {
        const half = loaded.get(key)!;
        for (const [i, value] of values.entries()) {
          assert.ok(Math.abs(half[i]! - value) <= Math.abs(value) * 2 ** -11 + 2 ** -25);
        }
      }
    });
  }

  it('old buffers are passed over, and tensors of other heads are told', () => {
    const folder = readModelFolder(join(parity, 'gpt2'));
    const config = fromHuggingFace(folder.config);
    const tensors = copyAll(folder.tensors);
    const one = floatTensor([1], new Float32Array(1));
    tensors.set('transformer.h.0.attn.bias', one);
    tensors.set('transformer.h.0.attn.masked_bias', one);
    tensors.set('lm_head.weight', copyOf(folder.tensors, 'transformer.wte.weight'));
    tensors.set('score.weight', one);
    reopen(config, tensors, (source) =>
      assert.deepEqual(openParameters(config, source).unused, ['score.weight']),
    );
  });
});

describe('weights that do not match config.json are refused', () => {
  const folder = readModelFolder(join(parity, 'gpt2'));
  const config = fromHuggingFace(folder.config);
  const refuse = (other: GptConfig, expected: RegExp, tensors = copyAll(folder.tensors)) =>
    reopen(config, tensors, (source) => assert.throws(() => openParameters(other, source), expected));

  it('a missing tensor', () => {
    refuse(
      { ...config, layers: 3 },
      /expected tensor transformer\.h\.2\.ln_1\.weight \[48\], which is missing/,
    );
    refuse({ ...config, tiedHead: false }, /expected tensor lm_head\.weight \[211, 48\]/);
  });

  it('another shape', () => {
    refuse(
      { ...config, vocab: 210 },
      /transformer\.wte\.weight: expected shape \[210, 48\], got \[211, 48\]/,
    );
  });

  it('a tensor of another architecture', () => {
    refuse({ ...config, layers: 1 }, /tensor transformer\.h\.1\.attn\.c_attn\.bias is no part of the model/);
  });

  it('a bias that is not zero where the model has none', () => {
    refuse({ ...config, bias: 'none' }, /bias is not zero, but config\.json says .* no such bias/);
  });
});

describe('a model without biases', () => {
  const config: GptConfig = { ...PRESETS['gpt-nano'], vocab: 11, context: 8 };
  const parameters = new Map(
    [...parameterShapes(config)].map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, values.map((_, i) => (i % 7) - 3)];
    }),
  );

  it('is stored with the zero biases that transformers needs, and read without', () => {
    const full = parameterShapes({ ...config, bias: 'all' });
    reopen(config, tensorsToWrite(config, parameters), (source) => {
      assert.deepEqual(source.names, [...full.keys()].sort());
      for (const [name, shape] of full) assert.deepEqual(source.info(name).shape, shape);
      assert.ok(source.readFloat32('transformer.h.0.attn.c_attn.bias').every((value) => value === 0));
      assert.deepEqual(loadParameters(config, source), parameters);
    });
  });

  it('is not written without one of its parameters', () => {
    const fewer = new Map(parameters);
    fewer.delete('transformer.ln_f.weight');
    assert.throws(() => tensorsToWrite(config, fewer), /no values for parameter transformer\.ln_f\.weight/);
  });
});
