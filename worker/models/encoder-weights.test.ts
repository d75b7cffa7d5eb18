import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readModelFolder, writeModelFolder } from '../checkpoints/folder.ts';
import { copyOf, floatTensor, type TensorData } from '../checkpoints/safetensors.ts';
import type { TensorSource } from '../checkpoints/source.ts';
import type { Device } from '../runtime/device.ts';
import { openDevice } from '../runtime/open-device.ts';
import { CharTokenizer } from '../tokenizers/char.ts';
import { withHead } from './bert-config.ts';
import { type BertConfig, requireEncoder } from './config.ts';
import { modelFromHuggingFace, toHuggingFace } from './huggingface.ts';
import { initialValues } from './initialise.ts';
import { parameterShapes } from './layout.ts';
import { loadAnyModel, loadEncoder, loadModel, saveModel } from './load.ts';
import { loadParameters, openParameters, startFrom, tensorsToWrite } from './weights.ts';

const parity = join(import.meta.dirname, '../../test/fixtures/parity');
const scratch = mkdtempSync(join(tmpdir(), 'cloze-encoder-weights-'));
after(() => rmSync(scratch, { recursive: true }));

type Tensors = Map<string, TensorData>;

/** What is in a folder of these tensors, opened for a configuration. */
function reopen<T>(config: BertConfig, tensors: Tensors, use: (source: TensorSource) => T): T {
  const path = join(scratch, 'model');
  writeModelFolder(path, { config: toHuggingFace(config), tensors });
  const folder = readModelFolder(path);
  try {
    return use(folder.tensors);
  } finally {
    folder.tensors.close();
  }
}

function renamed(tensors: Tensors, rename: (name: string) => string): Tensors {
  return new Map([...tensors].map(([name, data]) => [rename(name), data]));
}

function open(name: string): { config: BertConfig; source: TensorSource; tensors: Tensors } {
  const { config: json, tensors: source } = readModelFolder(join(parity, name));
  const config = requireEncoder(modelFromHuggingFace(json), name);
  return { config, source, tensors: new Map(source.names.map((each) => [each, copyOf(source, each)])) };
}

const HEADS = ['', '/sequence_classification', '/token_classification', '/question_answering'];
const FAMILIES = [
  ...['bert', 'distilbert'].flatMap((family) => HEADS.map((head) => family + head)),
  'roberta',
];

describe("the parameters of transformers' own encoders", () => {
  for (const name of FAMILIES) {
    const { config, source, tensors } = open(name);
    const parameters = loadParameters(config, source);
    const load = (others: Tensors): Map<string, Float32Array> =>
      reopen(config, others, (each) => loadParameters(config, each));

    it(`${name}: all tensors are used, and no other expected`, () => {
      assert.deepEqual([...parameters.keys()].sort(), source.names);
      assert.deepEqual(openParameters(config, source).unused, []);
    });

    it(`${name}: written again, the tensors are the same`, () => {
      reopen(config, tensorsToWrite(config, parameters), (written) => {
        assert.deepEqual(written.names, source.names);
        for (const key of source.names) {
          assert.deepEqual(written.info(key), source.info(key));
          assert.deepEqual(written.readFloat32(key), source.readFloat32(key));
        }
      });
    });

    it(`${name}: names of the bare stack, and BERT's first names, are read too`, () => {
      assert.deepEqual(
        load(renamed(tensors, (key) => key.replace(/^(distilbert|bert|roberta)\./, ''))),
        parameters,
      );
      const old = renamed(tensors, (key) =>
        key.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta'),
      );
      assert.ok(old.has(`${config.layout}.embeddings.LayerNorm.gamma`));
      assert.deepEqual(load(old), parameters);
    });
  }

  it('buffers and second copies of tied tensors are passed over, and tensors of other heads are told', () => {
    const { config, tensors } = open('bert');
    const bias = tensors.get('cls.predictions.bias')!;
    tensors.set('bert.embeddings.position_ids', floatTensor([1, 64], new Float32Array(64)));
    tensors.set('cls.predictions.decoder.weight', tensors.get('bert.embeddings.word_embeddings.weight')!);
    tensors.set('cls.predictions.decoder.bias', bias);
    reopen(config, tensors, (source) => assert.deepEqual(openParameters(config, source).unused, []));
    tensors.delete('cls.predictions.bias');
    reopen(config, tensors, (source) =>
      assert.equal(openParameters(config, source).read('cls.predictions.bias').length, 211),
    );
    reopen(withHead(config, 'none'), tensors, (source) =>
      assert.deepEqual(
        openParameters({ ...withHead(config, 'none'), pooler: false }, source).unused.map(
          (each) => each.split('.')[1],
        ),
        [
          'pooler',
          'pooler',
          'predictions',
          'predictions',
          'predictions',
          'predictions',
          'seq_relationship',
          'seq_relationship',
        ],
      ),
    );
  });

  it('a missing tensor, one of another shape and one of another stack are refused', () => {
    const { config, source } = open('bert');
    const refuse = (fields: Partial<BertConfig>, message: RegExp): void =>
      assert.throws(() => openParameters({ ...config, ...fields }, source), { code: 'checkpoint', message });
    refuse(
      { layers: 3 },
      /expected tensor bert\.encoder\.layer\.2\.attention\.self\.query\.weight \[48, 48\]/,
    );
    refuse({ vocab: 210 }, /word_embeddings\.weight: expected shape \[210, 48\], got \[211, 48\]/);
    refuse({ layers: 1 }, /tensor bert\.encoder\.layer\.1\..* is no part of the model/);
    refuse(
      { normPlacement: 'pre' },
      /expected tensor bert\.encoder\.LayerNorm\.weight \[48\], which is missing/,
    );
  });
});

describe('weights to start from, where the head is another', () => {
  const start = (name: string, config: (from: BertConfig) => BertConfig) => {
    const { config: from, source } = open(name);
    const to = config(from);
    const { weights, initialised, unused } = startFrom(to, from, source);
    return {
      to,
      source,
      initialised,
      unused,
      values: new Map([...weights(5)].map((each) => [each.name, each.data])),
    };
  };

  it('the stack and the pooler are kept, and a new head has initial values', () => {
    const { to, source, values, initialised, unused } = start('bert', (from) =>
      withHead(from, 'classify', ['a', 'b']),
    );
    assert.deepEqual([...values.keys()], [...parameterShapes(to).keys()]);
    assert.deepEqual(initialised, ['classifier.weight', 'classifier.bias']);
    assert.deepEqual(
      unused,
      source.names.filter((name) => name.startsWith('cls.')),
    );
    assert.deepEqual(values.get('bert.pooler.dense.weight'), source.readFloat32('bert.pooler.dense.weight'));
    assert.deepEqual(values.get('classifier.weight'), initialValues(to, 'classifier.weight', [2, 48], 5));
  });

  it('the same head is kept', () => {
    const { values, source, initialised, unused } = start('bert', (from) => withHead(from, 'mlm'));
    assert.deepEqual(initialised, []);
    assert.deepEqual(values.get('cls.predictions.bias'), source.readFloat32('cls.predictions.bias'));
    assert.deepEqual(
      unused.map((name) => name.replace(/\.(weight|bias)$/, '')),
      ['bert.pooler.dense', 'bert.pooler.dense', 'cls.seq_relationship', 'cls.seq_relationship'],
    );
    const same = start('bert/sequence_classification', (from) => from);
    assert.deepEqual([same.initialised, same.unused], [[], []]);
  });

  it('classes with other names begin anew, and so do those of tokens after those of texts', () => {
    const head = ['classifier.weight', 'classifier.bias'];
    const other = start('bert/sequence_classification', (from) =>
      withHead(from, 'classify', ['x', 'y', 'z']),
    );
    assert.deepEqual(other.initialised, head);
    assert.deepEqual(other.unused, ['classifier.bias', 'classifier.weight']);
    const tags = start('bert/sequence_classification', (from) => withHead(from, 'tag', from.labels));
    assert.deepEqual(tags.initialised, head);
  });

  it('a pooler that the file has not begins anew', () => {
    const { initialised } = start('bert/token_classification', (from) =>
      withHead(from, 'classify', ['a', 'b']),
    );
    assert.deepEqual(initialised.slice(0, 2), ['bert.pooler.dense.weight', 'bert.pooler.dense.bias']);
  });

  it('another stack is refused', () => {
    assert.throws(() => start('bert', (from) => ({ ...from, layers: 3 })), {
      code: 'checkpoint',
      message: /layer\.2/,
    });
    assert.throws(() => start('bert', (from) => ({ ...from, layers: 1 })), {
      code: 'checkpoint',
      message: /layer\.1/,
    });
  });
});

describe('folders of encoders and devices', () => {
  let device: Device;
  before(async () => ({ device } = await openDevice('cpu', { threads: 1 })));
  after(() => device.close());

  it('come back as they were saved', async () => {
    const { config, state } = await loadEncoder(join(parity, 'roberta'), device);
    const tokenizer = new CharTokenizer({ vocab: new Map([['a', 0]]), addedTokens: [] });
    const path = join(scratch, 'saved');
    await saveModel(path, { config, state, tokenizer, specialIds: { bos_token_id: 0 }, files: {} });
    const loaded = await loadAnyModel(path, device);
    assert.deepEqual(loaded.config, config);
    for (const name of state.names) assert.deepEqual(loaded.state.view(name), state.view(name));
    const opened = readModelFolder(path);
    opened.tensors.close();
    assert.deepEqual([opened.config.pad_token_id, opened.config.bos_token_id], [1, 0]);
    assert.equal(opened.generationConfig, undefined);
  });

  it('are told from those of decoders', async () => {
    await assert.rejects(loadModel(join(parity, 'bert'), device), {
      code: 'model',
      message: /expected a decoder/,
    });
    await assert.rejects(loadEncoder(join(parity, 'gpt2'), device), { message: /expected an encoder/ });
  });
});
