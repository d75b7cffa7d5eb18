import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { FakeHub } from '../../test/support/fake-hub.ts';
import { filesIn, writeTinyModel } from '../../test/support/tiny-model.ts';
import { ImportRecordSchema } from '../checkpoints/import-record.ts';
import { writeAdapterFolder } from '../checkpoints/peft.ts';
import { floatTensor } from '../checkpoints/safetensors.ts';
import { importModel } from './import.ts';
import { hashOf } from './training-adapter.ts';

describe('importModel from a folder', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cloze-import-'));
  const source = join(scratch, 'sharded');
  before(() => writeTinyModel(source, { shardBytes: 20_000 }));
  after(() => rmSync(scratch, { recursive: true }));

  /** A copy of the model's files with changes; undefined leaves out. */
  function changed(t: TestContext, changes: Record<string, string | undefined>): string {
    const folder = mkdtempSync(join(scratch, 'changed-'));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const [name, content] of Object.entries({ ...filesIn(source), ...changes })) {
      if (content !== undefined) writeFileSync(join(folder, name), content);
    }
    return folder;
  }

  it('copies what Cloze needs of it, checked', async (t) => {
    const folder = changed(t, { 'notes.md': 'x', 'optimizer.pt': 'x', 'consolidated.safetensors': 'x' });
    const out = join(scratch, 'models', 'copy');
    const result = await importModel({ source: folder, out });
    const { 'cloze_import.json': record, ...copied } = filesIn(out);
    assert.deepEqual(copied, filesIn(source));
    assert.equal(result.parameters, 14_288);
    const { source: from, files } = ImportRecordSchema.parse(JSON.parse(Buffer.from(record!).toString()));
    assert.equal(from, folder);
    const index = createHash('sha256').update(copied['config.json']!).digest('hex');
    assert.deepEqual(files['config.json'], {
      bytes: copied['config.json']!.length,
      algorithm: 'sha256',
      hash: index,
    });
    assert.deepEqual(readdirSync(join(scratch, 'models')), ['copy']);
  });

  it('follows a link, to another disk too', async (t) => {
    // memory is another disk than the temporary folder where there is such a place
    const disk = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : scratch, 'cloze-disk-'));
    t.after(() => rmSync(disk, { recursive: true }));
    mkdirSync(join(disk, 'there'));
    for (const name of ['there', 'later']) {
      const link = join(scratch, `link-${name}`);
      symlinkSync(join(disk, name), link, 'dir');
      let during: string[] = [];
      await importModel({ source, out: link }, { onProgress: () => (during = readdirSync(disk)) });
      assert.ok(during.includes(`.${name}.import`)); // where the model is to be, and not beside the link
      assert.ok(lstatSync(link).isSymbolicLink());
      const { 'cloze_import.json': record, ...copied } = filesIn(join(disk, name));
      assert.ok(record !== undefined);
      assert.deepEqual(copied, filesIn(source));
    }
    assert.deepEqual(readdirSync(disk).sort(), ['later', 'there']);
  });

  it('refuses a mounted disk before it copies', { skip: process.platform === 'win32' }, async () => {
    const copied: string[] = [];
    await assert.rejects(
      importModel({ source, out: '/dev', force: true }, { onProgress: ({ phase }) => copied.push(phase) }),
      { code: 'usage', message: /\/dev is where a disk is mounted/ },
    );
    assert.deepEqual(copied, []);
  });

  it('leaves nothing of one that can not be read, or that was cancelled', async (t) => {
    const out = join(scratch, 'none');
    const index = 'model.safetensors.index.json';
    const cases: [Record<string, string | undefined>, RegExp][] = [
      [{ 'model-00002-of-00003.safetensors': undefined }, /lacks 1 of 3 shards/],
      [
        { 'model-00002-of-00003.safetensors': '0123456789' },
        /changed-\w+.model-00002-of-00003\.safetensors: the header/,
      ],
      [{ [index]: '{"weight_map": {"x": "../../secret.safetensors"}}' }, /weight_map/],
      [{ [index]: undefined, 'pytorch_model.bin': '' }, /pytorch_model\.bin only, a pickle/],
      [{ 'tokenizer.json': '{' }, /changed-\w+.tokenizer\.json is not JSON/],
    ];
    for (const [change, expected] of cases) {
      await assert.rejects(importModel({ source: changed(t, change), out }), { message: expected });
    }
    const signal = AbortSignal.abort();
    await assert.rejects(importModel({ source, out }, { signal }), { code: 'cancelled' });
    assert.deepEqual(
      readdirSync(scratch).filter((name) => name.includes('none')),
      [],
    );
    assert.ok(existsSync(join(source, 'config.json')));
    await assert.rejects(importModel({ source, out: join(source, 'copy') }), { message: /own folder/ });
  });

  /** An adapter of the model's first layer, trained on weights of that hash. */
  function writeAdapter(folder: string, baseHash: string): void {
    const lora = (matrix: string, shape: number[]) =>
      [
        `model.layers.0.self_attn.q_proj.lora_${matrix}.weight`,
        floatTensor(shape, new Float32Array(32)),
      ] as const;
    writeAdapterFolder(folder, {
      config: {
        peft_type: 'LORA',
        base_model_name_or_path: 'tester/base',
        r: 2,
        lora_alpha: 4,
        bias: 'none',
      },
      tensors: new Map([lora('A', [2, 16]), lora('B', [16, 2])]),
      baseHash,
      files: {},
    });
  }

  it('refuses an adapter that was trained on other weights than those of the base that is named', async () => {
    const adapter = join(scratch, 'foreign');
    writeAdapter(adapter, createHash('sha256').update('other weights').digest('hex'));
    const out = join(scratch, 'foreign-copy');
    await assert.rejects(importModel({ source: adapter, out, base: source }), {
      code: 'checkpoint',
      message: /foreign: the adapter was trained on other weights than those of .*sharded/,
    });
    assert.ok(!existsSync(out));
  });

  it('asks for the base of an adapter, and writes down where it is', async (t) => {
    const adapter = join(scratch, 'adapter');
    writeAdapter(adapter, await hashOf(source));
    const hub = await FakeHub.start();
    t.after(() => hub.close());
    hub.commit('tester/adapter', filesIn(adapter));
    const out = join(scratch, 'adapted');
    for (const request of [
      { source: adapter, out },
      { source: 'tester/adapter', out, endpoint: hub.endpoint },
    ]) {
      await assert.rejects(importModel(request), {
        code: 'base',
        message: /tester\/base, which is not on this machine/,
      });
      assert.ok(!existsSync(out));
      const result = await importModel({ ...request, base: source, force: true });
      assert.equal(result.base, source);
      assert.deepEqual(result.files, [
        'adapter_config.json',
        'adapter_model.safetensors',
        'cloze_import.json',
      ]);
      rmSync(out, { recursive: true });
    }
  });
});
