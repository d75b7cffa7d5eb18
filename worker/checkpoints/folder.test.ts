import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ClozeError } from '../base/errors.ts';
import { readModelFolder, writeModelFolder } from './folder.ts';
import type { TensorData } from './safetensors.ts';
import { floatTensor } from './safetensors.ts';
import { writeTensors } from './sharded.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cloze-folder-'));
after(() => rmSync(scratch, { recursive: true }));
const parent = join(scratch, 'run');
const folder = join(parent, 'last');

beforeEach(() => {
  rmSync(parent, { recursive: true, force: true });
  mkdirSync(parent);
});

/** A model whose every tensor holds `value`. */
function content(value: number, count = 3, length = 8) {
  const tensors = new Map<string, TensorData>();
  for (let i = 0; i < count; i++) {
    tensors.set(`layer.${i}`, floatTensor([length], new Float32Array(length).fill(value)));
  }
  return { config: { model_type: 'gpt2', value }, tensors };
}

/** The value that a folder written from `content` holds; its config and all its tensors must agree. */
function valueOf(path: string): unknown {
  const { config, tensors } = readModelFolder(path);
  for (const name of tensors.names) {
    for (const value of tensors.readFloat32(name)) assert.equal(value, config.value);
  }
  tensors.close();
  return config.value;
}

function refusal(action: () => unknown, code: string, expected: RegExp): ClozeError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ClozeError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, expected);
    return error;
  }
  return assert.fail('expected an error');
}

describe('a model folder', () => {
  it('is written and read back, replaced as a whole, with nothing left beside it', () => {
    writeModelFolder(folder, {
      ...content(1),
      generationConfig: { eos_token_id: 5 },
      files: {
        'tokenizer.json': '{}',
        'state.bin': Uint8Array.of(1, 2),
        log: (path) => writeFileSync(path, 'written by itself'),
      },
    });
    assert.equal(valueOf(folder), 1);
    const read = readModelFolder(folder);
    read.tensors.close();
    assert.deepEqual(read.generationConfig, { eos_token_id: 5 });
    assert.equal(readFileSync(join(read.path, 'tokenizer.json'), 'utf8'), '{}');
    assert.equal(readFileSync(join(read.path, 'log'), 'utf8'), 'written by itself');
    rmSync(join(folder, 'log'));
    rmSync(join(folder, 'state.bin'));
    writeModelFolder(folder, content(2));
    assert.equal(valueOf(folder), 2);
    assert.deepEqual(readdirSync(folder).sort(), ['config.json', 'model.safetensors']);
    assert.deepEqual(readdirSync(parent), ['last']);
  });

  it('is made with the folders above it', () => {
    writeModelFolder(join(parent, 'a', 'b'), content(1));
    assert.equal(valueOf(join(parent, 'a', 'b')), 1);
  });

  it('that a link points to is replaced there', () => {
    writeModelFolder(join(parent, 'step-1'), content(1));
    symlinkSync('step-1', folder);
    writeModelFolder(folder, content(2));
    assert.equal(valueOf(join(parent, 'step-1')), 2);
    assert.deepEqual(readdirSync(parent).sort(), ['last', 'step-1']);
  });

  it('is not written over a folder that holds something else', () => {
    writeModelFolder(folder, content(1));
    writeFileSync(join(folder, 'thesis.docx'), 'years of work');
    refusal(
      () => writeModelFolder(folder, content(2)),
      'usage',
      /holds files that are no part of it: thesis\.docx/,
    );
    assert.equal(valueOf(folder), 1);
    assert.deepEqual(readdirSync(parent), ['last']);
    writeFileSync(join(parent, 'file'), '');
    refusal(
      () => writeModelFolder(join(parent, 'file'), content(2)),
      'usage',
      /is a file, expected a folder/,
    );
  });

  it('is refused with the reason when something in it is missing or wrong', () => {
    refusal(() => readModelFolder(folder), 'checkpoint', /no such folder: .*last/);
    writeFileSync(folder, '');
    refusal(() => readModelFolder(folder), 'checkpoint', /expected a model folder, got a file/);
    rmSync(folder);
    mkdirSync(folder);
    refusal(() => readModelFolder(folder), 'checkpoint', /no model folder: it has no config\.json/);
    writeFileSync(join(folder, 'config.json'), '{"model_type":');
    refusal(() => readModelFolder(folder), 'checkpoint', /expected model\.safetensors .*got config\.json/);
    writeTensors(folder, content(1).tensors);
    refusal(() => readModelFolder(folder), 'checkpoint', /config\.json: not JSON/);
    writeFileSync(join(folder, 'config.json'), '[]');
    refusal(() => readModelFolder(folder), 'checkpoint', /config\.json: expected a JSON object/);
  });

  it('with pickles only is refused, with the way out', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'config.json'), '{}');
    writeFileSync(join(folder, 'pytorch_model.bin'), '');
    const error = refusal(
      () => readModelFolder(folder),
      'checkpoint',
      /pytorch_model\.bin, a pickle: .*any code/,
    );
    assert.match(error.hint ?? '', /safe_serialization=True/);
  });
});

describe('sharded weights', () => {
  const files = () => readdirSync(folder).sort();

  it('are written past the limit, and read back; a large tensor has a shard to itself', () => {
    const { config, tensors } = content(1, 5, 8); // 32 bytes each
    tensors.set('large', floatTensor([100], new Float32Array(100).fill(1)));
    writeModelFolder(folder, { config, tensors, maxShardBytes: 64 });
    assert.deepEqual(files(), [
      'config.json',
      'model-00001-of-00004.safetensors',
      'model-00002-of-00004.safetensors',
      'model-00003-of-00004.safetensors',
      'model-00004-of-00004.safetensors',
      'model.safetensors.index.json',
    ]);
    const index: unknown = JSON.parse(readFileSync(join(folder, 'model.safetensors.index.json'), 'utf8'));
    assert.deepEqual(index, {
      metadata: { total_size: 560 },
      weight_map: {
        'layer.0': 'model-00001-of-00004.safetensors',
        'layer.1': 'model-00001-of-00004.safetensors',
        'layer.2': 'model-00002-of-00004.safetensors',
        'layer.3': 'model-00002-of-00004.safetensors',
        'layer.4': 'model-00003-of-00004.safetensors',
        large: 'model-00004-of-00004.safetensors',
      },
    });
    assert.equal(valueOf(folder), 1);
    const { tensors: source } = readModelFolder(folder);
    assert.deepEqual(source.info('large').shape, [100]);
    assert.equal(Buffer.concat([...source.chunks('large')]).length, 400);
    refusal(() => source.readTyped('none'), 'checkpoint', /index\.json holds no tensor none/);
    source.close();
    writeModelFolder(folder, content(2));
    assert.deepEqual(files(), ['config.json', 'model.safetensors'], 'no old shard is left');
  });

  it('are refused when the index lies', () => {
    const index = join(folder, 'model.safetensors.index.json');
    const write = () => writeModelFolder(folder, { ...content(1), maxShardBytes: 32 });
    const edit = (from: string, to: string) => {
      write();
      writeFileSync(index, readFileSync(index, 'utf8').replace(from, to));
    };
    edit('"layer.1":', '"layer.9":');
    refusal(
      () => readModelFolder(folder),
      'checkpoint',
      /expected tensor layer\.9 in model-00002.*which lacks it/,
    );
    edit('"model-00002-of', '"../model-00002-of');
    refusal(
      () => readModelFolder(folder),
      'checkpoint',
      /weight_map\.layer\.1: expected a file name beside it/,
    );
    edit('"layer.1":', '"layer.0":');
    refusal(() => readModelFolder(folder), 'checkpoint', /has the key layer\.0 twice/);
    edit('weight_map', 'weights');
    refusal(() => readModelFolder(folder), 'checkpoint', /weight_map/);
    edit('{', '');
    refusal(() => readModelFolder(folder), 'checkpoint', /cannot read .*index\.json/);
    write();
    rmSync(join(folder, 'model-00003-of-00003.safetensors'));
    refusal(() => readModelFolder(folder), 'checkpoint', /model-00003-of-00003\.safetensors: no such file/);
  });
});

describe('a crash', () => {
  const next = join(parent, '.last.next');
  const previous = join(parent, '.last.previous');

  it('while the new folder is filled leaves the old one', () => {
    writeModelFolder(folder, content(1));
    mkdirSync(next);
    writeFileSync(join(next, 'config.json'), '{');
    assert.equal(valueOf(folder), 1);
    writeModelFolder(folder, content(2));
    assert.equal(valueOf(folder), 2);
    assert.deepEqual(readdirSync(parent), ['last']);
  });

  it('between the two renames leaves the old one to readers and to the next writer', () => {
    writeModelFolder(folder, content(1));
    cpSync(folder, next, { recursive: true });
    renameSync(folder, previous);
    assert.equal(valueOf(folder), 1);
    assert.ok(!existsSync(folder), 'a reader changes nothing');
    refusal(() => writeModelFolder(folder, failing()), 'checkpoint', /source is broken/);
    assert.equal(valueOf(folder), 1);
    writeModelFolder(folder, content(2));
    assert.equal(valueOf(folder), 2);
    assert.deepEqual(readdirSync(parent), ['last']);
  });

  it('before the old folder is removed leaves the new one', () => {
    writeModelFolder(folder, content(1));
    renameSync(folder, previous);
    writeModelFolder(join(parent, 'new'), content(2));
    renameSync(join(parent, 'new'), folder);
    assert.equal(valueOf(folder), 2);
    writeModelFolder(folder, content(3));
    assert.equal(valueOf(folder), 3);
    assert.deepEqual(readdirSync(parent), ['last']);
  });

  it('at any moment, and readers at any moment, find a complete folder', async () => {
    const writer = `
      import { writeModelFolder } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'folder.ts')).href)};
      import { floatTensor } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'safetensors.ts')).href)};
      for (let value = 1; ; value++) {
        const tensors = new Map();
        for (let i = 0; i < 3; i++) tensors.set('t' + i, floatTensor([999], new Float32Array(999).fill(value)));
        writeModelFolder(${JSON.stringify(folder)}, { config: { value }, tensors, maxShardBytes: 1 });
        if (value === 1) process.stdout.write('ready');
      }`;
    let reads = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', writer], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      await once(child.stdout, 'data');
      const end = performance.now() + 150 + 40 * round;
      while (performance.now() < end) {
        valueOf(folder);
        reads++;
        await sleep(0);
      }
      child.kill('SIGKILL');
      await exit;
      valueOf(folder);
    }
    assert.ok(reads > 20, `${reads} reads`);
  });
});

/** A model whose last tensor can not be had. */
function failing() {
  const { config, tensors } = content(9);
  const broken: TensorData = {
    ...floatTensor([1], new Float32Array(1)),
    chunks: () => {
      throw new ClozeError('checkpoint', 'the source is broken');
    },
  };
  return { config, tensors: new Map([...tensors, ['z', broken]]) };
}

it('a tensor that can not be had leaves the old folder and nothing beside it', () => {
  writeModelFolder(folder, content(1));
  refusal(() => writeModelFolder(folder, failing()), 'checkpoint', /the source is broken/);
  assert.equal(valueOf(folder), 1);
  assert.deepEqual(readdirSync(parent), ['last']);
});

describe('a full disk', () => {
  /** A disk of 1 MB, where this machine lets us mount one. */
  function withSmallDisk(use: (disk: string) => void): boolean {
    const disk = join(scratch, 'disk');
    mkdirSync(disk, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return false;
    }
    try {
      use(disk);
    } finally {
      execFileSync('umount', [disk]);
    }
    return true;
  }

  it('is a disk error; the old checkpoint stays, and nothing is left beside it', (t) => {
    const mounted = withSmallDisk((disk) => {
      const target = join(disk, 'last');
      writeModelFolder(target, content(1, 3, 20_000)); // 240 KB
      const error = refusal(
        () => writeModelFolder(target, content(2, 3, 80_000)),
        'disk',
        /cannot write .*disk\/last: the disk is full/,
      );
      assert.match(error.hint ?? '', /nothing was lost/);
      assert.equal(valueOf(target), 1);
      assert.deepEqual(readdirSync(disk), ['last']);
      writeModelFolder(target, content(3, 3, 20_000));
      assert.equal(valueOf(target), 3);
    });
    if (mounted) return;
    t.diagnostic('no tmpfs may be mounted here: /dev/full stands in for the full disk');
    writeModelFolder(folder, content(1));
    refusal(
      () => writeModelFolder(folder, { ...content(2), files: { state: writeToFull } }),
      'disk',
      /last: the disk is full/,
    );
    assert.equal(valueOf(folder), 1);
    assert.deepEqual(readdirSync(parent), ['last']);
  });

  /** Writes to a file of the temporary folder that leads to a device without room. */
  function writeToFull(path: string): void {
    symlinkSync('/dev/full', path);
    writeFileSync(path, 'x');
  }
});
