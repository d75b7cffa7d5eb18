import assert from 'node:assert/strict';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import type { Dtype } from './dtypes.ts';
import { byteCount, DTYPES } from './dtypes.ts';
import { MAX_HEADER_BYTES } from './header.ts';
import type { TensorData } from './safetensors.ts';
import { copyOf, floatTensor, SafetensorsFile, tensorOf, writeSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloze-safetensors-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'x.safetensors');

/** A file from a header (text, or what becomes JSON) and a number of data bytes. */
function fileOf(header: unknown, dataBytes = 0, length?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, Buffer.alloc(dataBytes)]);
}

function open(bytes: Uint8Array): SafetensorsFile {
  writeFileSync(path, bytes);
  return new SafetensorsFile(path);
}

const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('reads back every dtype of the format', () => {
    const tensors = new Map<string, TensorData>(
      DTYPES.map((dtype, index) => {
        const bytes = Uint8Array.from({ length: byteCount(dtype, [2, 4])! }, (_, i) => i * 17 + index);
        return [`t.${dtype}`, tensorOf(dtype, [2, 4], bytes)];
      }),
    );
    writeSafetensors(path, tensors);
    const file = new SafetensorsFile(path);
    assert.deepEqual(file.names, [...tensors.keys()].sort());
    assert.deepEqual(file.metadata, { format: 'pt' });
    for (const [name, tensor] of tensors) {
      assert.equal(file.info(name).dtype, tensor.dtype);
      assert.deepEqual(file.info(name).shape, [2, 4]);
      const written = Buffer.concat([...tensor.chunks()]);
      assert.deepEqual(Buffer.concat([...file.chunks(name)]), written, name);
      assert.deepEqual(Buffer.from(file.readTyped(name).buffer), written, name);
    }
    file.close();
  });

  it('reads scalars, empty tensors and odd names', () => {
    const tensors = new Map([
      ['scalar', floatTensor([], Float32Array.of(2.5))],
      ['empty', floatTensor([0, 3], new Float32Array())],
      ['__proto__', floatTensor([1], Float32Array.of(1))],
      ['a "quoted" \\ name \n ü', floatTensor([1], Float32Array.of(-1))],
    ]);
    writeSafetensors(path, tensors);
    const file = new SafetensorsFile(path);
    assert.equal(file.names.length, 4);
    assert.deepEqual([...file.readFloat32('scalar')], [2.5]);
    assert.deepEqual([...file.readFloat32('empty')], []);
    assert.deepEqual([...file.readFloat32('__proto__')], [1]);
    file.close();
  });

  it('reads a file without tensors', () => {
    writeSafetensors(path, new Map());
    assert.deepEqual(new SafetensorsFile(path).names, []);
    assert.deepEqual(open(fileOf('{}')).names, []);
    assert.deepEqual(open(fileOf({ __metadata__: null })).metadata, {});
  });

  it('writes the same bytes whatever the order of the tensors, with the data aligned to 8 bytes', () => {
    const tensors: [string, TensorData][] = [
      ['b', floatTensor([3], Float32Array.of(1, 2, 3), 'F16')],
      ['c', tensorOf('I64', [1], BigInt64Array.of(7n))],
      ['a', floatTensor([2], Float32Array.of(4, 5))],
      ['d', tensorOf('BOOL', [3], Uint8Array.of(1, 0, 1))],
    ];
    writeSafetensors(path, new Map(tensors));
    const bytes = readFileSync(path);
    writeSafetensors(path, new Map(tensors.reverse()));
    assert.deepEqual(readFileSync(path), bytes);
    const length = Number(bytes.readBigUInt64LE());
    assert.equal(length % 8, 0);
    assert.equal(bytes.length, 8 + length + 8 + 8 + 6 + 3);
    assert.equal(bytes.readBigInt64LE(8 + length), 7n);
  });

  it('converts tensors larger than one chunk, and copies them from file to file', () => {
    const values = Float32Array.from({ length: (5 << 20) / 2 + 3 }, (_, i) => (i % 2047) - 1024);
    for (const dtype of ['F64', 'F32', 'F16', 'BF16'] as const) {
      const exact = dtype === 'BF16' ? values.map((value) => value % 128) : values;
      writeSafetensors(path, new Map([['x', floatTensor([values.length], exact, dtype)]]));
      const file = new SafetensorsFile(path);
      assert.equal(file.info('x').dtype, dtype);
      assert.ok(Buffer.from(file.readFloat32('x').buffer).equals(Buffer.from(exact.buffer)), dtype);
      const copy = join(folder, 'copy.safetensors');
      writeSafetensors(copy, new Map([['x', copyOf(file, 'x')]]));
      assert.ok(readFileSync(copy).equals(readFileSync(path)), dtype);
      file.close();
    }
  });

  it('refuses an integer tensor as float32, an unknown name, and a closed file', () => {
    writeSafetensors(path, new Map([['ids', tensorOf('I64', [1], BigInt64Array.of(1n))]]));
    const file = new SafetensorsFile(path);
    assert.throws(() => file.readFloat32('ids'), /tensor ids: expected a floating-point dtype, got I64/);
    assert.throws(() => file.readTyped('other'), /holds no tensor other/);
    file.close();
    file.close();
    assert.throws(() => file.readTyped('ids'), /read after close/);
  });

  it('tells of a file that became shorter after it was opened', () => {
    writeSafetensors(path, new Map([['x', floatTensor([4], new Float32Array(4))]]));
    const file = new SafetensorsFile(path);
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, readFileSync(path).length - 4);
    closeSync(fd);
    assert.throws(
      () => file.readFloat32('x'),
      /expected 16 bytes at \d+, got 12: the file has become shorter/,
    );
    file.close();
  });

  it('refuses data of another size than its shape, and leaves nothing behind', () => {
    assert.throws(() => floatTensor([2, 2], new Float32Array(3)), /F32 \[2, 2\] takes 16 bytes, got 12/);
    assert.throws(() => tensorOf('F4', [3], new Uint8Array(2)), /takes no whole number of bytes/);
    const short: TensorData = { dtype: 'U8', shape: [4], bytes: 4, chunks: () => [new Uint8Array(3)] };
    const target = join(folder, 'short.safetensors');
    assert.throws(
      () => writeSafetensors(target, new Map([['x', short]])),
      (error: unknown) =>
        error instanceof ClozeError && error.message.includes('expected 4 bytes to write, got 3'),
    );
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('short')),
      [],
    );
  });
});

describe('a malformed safetensors file', () => {
  const f32: Dtype = 'F32';
  const cases: [name: string, bytes: Uint8Array, expected: RegExp][] = [
    ['an empty file', new Uint8Array(), /expected the 8 bytes of a header length, got a file of 0 bytes/],
    ['a file of 5 bytes', new Uint8Array(5), /got a file of 5 bytes/],
    ['a truncated header', fileOf('{}', 0, 1000n), /said to be 1000 bytes long, but only 2 follow/],
    [
      'an oversized header',
      fileOf('{}', 0, BigInt(MAX_HEADER_BYTES) + 1n),
      /100000001 bytes long, at most 100000000/,
    ],
    ['a header of 2^64 - 1 bytes', fileOf('{}', 0, 2n ** 64n - 1n), /18446744073709551615 bytes long/],
    ['an empty header', fileOf('', 8), /must begin with \{, got ""/],
    ['a header that is no JSON', fileOf('{"a":'), /the header is not JSON/],
    ['a header that is an array', fileOf([]), /must begin with \{/],
    ['a header that begins with a space', fileOf(' {}'), /must begin with \{/],
    [
      'a header that is not UTF-8',
      Buffer.concat([fileOf('', 0, 3n), Buffer.from([0x7b, 0xff, 0x7d])]),
      /not UTF-8/,
    ],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer/],
    [
      'a key twice',
      fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8"}}', 1),
      /the key "a" twice/,
    ],
    [
      'a dtype twice',
      fileOf('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
      /"dtype" twice/,
    ],
    [
      'a tensor that is no object',
      fileOf({ a: 3 }),
      /tensor a: expected dtype, shape and data_offsets, got 3/,
    ],
    [
      'an unknown dtype',
      fileOf({ a: entry('F99', [1], 0, 4) }, 4),
      /tensor a: unknown dtype "F99", expected one of F64/,
    ],
    ['no dtype', fileOf({ a: { shape: [1], data_offsets: [0, 4] } }, 4), /tensor a: unknown dtype nothing/],
    ['a shape that is no list', fileOf({ a: entry(f32, 1, 0, 4) }, 4), /tensor a: shape must be a list/],
    ['a negative dimension', fileOf({ a: entry(f32, [-1], 0, 4) }, 4), /shape must be a list.*got \[-1\]/],
    [
      'a fractional dimension',
      fileOf({ a: entry(f32, [0.5], 0, 2) }, 2),
      /shape must be a list.*got \[0.5\]/,
    ],
    ['a dimension past 2^53', fileOf({ a: entry(f32, [2 ** 60], 0, 4) }, 4), /shape must be a list/],
    ['a product past 2^53', fileOf({ a: entry(f32, [2 ** 30, 2 ** 30], 0, 4) }, 4), /has too many elements/],
    ['a half byte', fileOf({ a: entry('F4', [3], 0, 2) }, 2), /\[3\] of 4-bit F4 does not fill whole bytes/],
    [
      'missing offsets',
      fileOf({ a: { dtype: f32, shape: [1] } }, 4),
      /data_offsets must be two.*got nothing/,
    ],
    ['three offsets', fileOf({ a: { dtype: f32, shape: [1], data_offsets: [0, 4, 8] } }, 8), /must be two/],
    ['a negative offset', fileOf({ a: entry(f32, [1], -4, 0) }, 4), /data_offsets must be two whole numbers/],
    ['offsets backwards', fileOf({ a: entry(f32, [1], 4, 0) }, 4), /must not run backwards, got \[4, 0\]/],
    [
      'a lying shape',
      fileOf({ a: entry(f32, [3], 0, 8) }, 8),
      /F32 \[3\] takes 12 bytes, data_offsets give it 8/,
    ],
    [
      'truncated data',
      fileOf({ a: entry(f32, [4], 0, 16) }, 12),
      /tensor a: .*end at byte 16, .*holds 12.*truncated/,
    ],
    [
      'overlapping tensors',
      fileOf({ a: entry(f32, [2], 0, 8), b: entry(f32, [2], 4, 12) }, 12),
      /tensor b begins at byte 4 and overlaps tensor a, which ends at 8/,
    ],
    [
      'the same bytes twice',
      fileOf({ a: entry(f32, [1], 0, 4), b: entry(f32, [1], 0, 4) }, 4),
      /tensor b begins at byte 0 and overlaps tensor a/,
    ],
    [
      'a hole between tensors',
      fileOf({ a: entry(f32, [1], 0, 4), b: entry(f32, [1], 8, 12) }, 12),
      /tensor b begins at byte 8, a hole after tensor a, which ends at 4/,
    ],
    [
      'a hole before the first',
      fileOf({ a: entry(f32, [1], 4, 8) }, 8),
      /tensor a begins at byte 4, a hole after the header/,
    ],
    ['bytes after the last', fileOf({ a: entry(f32, [1], 0, 4) }, 5), /expected 4 bytes of data, got 5/],
    ['metadata that is no object', fileOf({ __metadata__: ['pt'] }), /__metadata__ must be an object/],
    ['metadata that is no string', fileOf({ __metadata__: { step: 3 } }), /strings only, got 3 for "step"/],
  ];
  for (const [name, bytes, expected] of cases) {
    it(`is refused: ${name}`, () => {
      assert.throws(
        () => open(bytes),
        (error: unknown) => {
          assert.ok(error instanceof ClozeError);
          assert.equal(error.code, 'checkpoint');
          assert.match(error.message, expected);
          assert.ok(error.message.startsWith(path), 'names the file');
          return true;
        },
      );
    });
  }

  it('is refused with a short message even when its header is long', () => {
    const long = (of: number) => Array.from({ length: 100_000 }, () => of);
    const headers = [
      { a: entry(f32, long(-1), 0, 4) },
      { a: entry(f32, long(0), 0, 4) },
      { ['a'.repeat(100_000)]: entry(f32, [2], 0, 4) },
    ];
    for (const header of headers) {
      assert.throws(
        () => open(fileOf(header, 4)),
        (error: unknown) => error instanceof ClozeError && error.message.length < 600,
      );
    }
  });

  it('is refused when it is not there', () => {
    assert.throws(
      () => new SafetensorsFile(join(folder, 'none.safetensors')),
      /none\.safetensors: no such file/,
    );
  });

  it('leaves no file open', () => {
    const openFiles = () => readdirSync('/proc/self/fd').length;
    if (process.platform !== 'linux') return;
    const before = openFiles();
    for (let i = 0; i < 20; i++) assert.throws(() => open(fileOf([])));
    assert.equal(openFiles(), before);
  });
});
