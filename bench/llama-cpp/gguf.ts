/** Writes a GPT-2 as a GGUF file, version 3, in float32 or with its matrices in blocks of 4 bits (github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
import { closeSync, openSync, writeSync } from 'node:fs';
import { encodeFloats } from '../../worker/checkpoints/floats.ts';
import { type Quantisation, quantise } from '../../worker/checkpoints/quantise.ts';
import type { GptConfig } from '../../worker/models/config.ts';

const TYPE = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;
/** Of tensors, and of files. */
const F32 = 0;
const Q4_0 = 2;
const Q8_0 = 8;
const ALIGNMENT = 32;

/** The names of a layer's tensors there, by their names here. */
const LAYER_NAMES: Readonly<Record<string, string>> = {
  ln_1: 'attn_norm',
  'attn.c_attn': 'attn_qkv',
  'attn.c_proj': 'attn_output',
  ln_2: 'ffn_norm',
  'mlp.c_fc': 'ffn_up',
  'mlp.c_proj': 'ffn_down',
};
const NAMES: Readonly<Record<string, string>> = {
  wte: 'token_embd',
  wpe: 'position_embd',
  ln_f: 'output_norm',
};

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** `q4_0`: 4 bits for the matrices of the layers, 8 for the table of tokens, which is the head as well. */
export function writeGguf(
  path: string,
  config: GptConfig,
  parameters: readonly NamedTensor[],
  kind: 'f32' | 'q4_0' = 'f32',
): void {
  const tensors = parameters.map((each) => stored(ggufTensor(each), kind));
  const header = new Bytes();
  header.text('GGUF').uint32(3).uint64(tensors.length);
  writeMetadata(header, config, kind === 'f32' ? F32 : Q4_0);
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    header.string(name).uint32(shape.length);
    for (const size of shape.toReversed()) header.uint64(size);
    header.uint32(type).uint64(offset);
    offset += aligned(bytes.length);
  }
  header.pad();
  const file = openSync(path, 'w');
  writeSync(file, header.bytes());
  for (const { bytes } of tensors) {
    writeSync(file, bytes);
    writeSync(file, new Uint8Array(aligned(bytes.length) - bytes.length));
  }
  closeSync(file);
}

function stored({ name, shape, data }: NamedTensor, kind: 'f32' | 'q4_0'): StoredTensor {
  const isMatrix = shape.length === 2 && !name.startsWith('position_embd');
  if (kind === 'f32' || !isMatrix) {
    return { name, shape, type: F32, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  }
  const bits = name.startsWith('token_embd') ? 8 : 4;
  return { name, shape, type: bits === 8 ? Q8_0 : Q4_0, bytes: blocks(quantise(data, bits), bits) };
}

/** Blocks of 32 as ggml has them: a scale of 16 bits, then bytes, or nibbles of which the first 16 are the low ones. */
function blocks({ codes, scales }: Quantisation, bits: 4 | 8): Uint8Array {
  const halves = encodeFloats('F16', scales);
  const [from, size] = [4 * bits, 2 + 4 * bits];
  const out = new Uint8Array(scales.length * size);
  const nibble = (at: number, i: number): number => (codes[at + (i >> 1)]! >> (4 * (i & 1))) & 15;
  for (let block = 0; block < scales.length; block++) {
    const at = block * from;
    out.set(halves.subarray(2 * block, 2 * block + 2), block * size);
    for (let i = 0; i < from; i++) {
      out[block * size + 2 + i] =
        bits === 8 ? codes[at + i]! - 128 : nibble(at, i) | (nibble(at, i + 16) << 4);
    }
  }
  return out;
}

/** Conv1D weights are [in, out] here and [out, in] there. */
function ggufTensor({ name, shape, data }: NamedTensor): NamedTensor {
  const [, layer, module, kind] = /^transformer\.(?:h\.(\d+)\.)?(.*)\.(weight|bias)$/.exec(name)!;
  const base = layer === undefined ? NAMES[module!]! : `blk.${layer}.${LAYER_NAMES[module!]!}`;
  const transposed = /c_\w+\.weight$/.test(name);
  return {
    name: `${base}.${kind!}`,
    shape: transposed ? shape.toReversed() : shape,
    data: transposed ? transpose(data, shape[0]!, shape[1]!) : data,
  };
}

function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return out;
}

/** The architecture, and a vocabulary of placeholder tokens. */
function writeMetadata(out: Bytes, config: GptConfig, fileType: number): void {
  const tokens = Array.from({ length: config.vocab }, (_, id) => `t${id}`);
  const numbers: Record<string, number> = {
    'gpt2.context_length': config.context,
    'gpt2.embedding_length': config.width,
    'gpt2.feed_forward_length': config.feedForward,
    'gpt2.block_count': config.layers,
    'gpt2.attention.head_count': config.heads,
    'general.file_type': fileType,
    'tokenizer.ggml.bos_token_id': config.vocab - 1,
    'tokenizer.ggml.eos_token_id': config.vocab - 1,
  };
  const texts = { 'general.architecture': 'gpt2', 'general.name': 'bench', 'tokenizer.ggml.model': 'gpt2' };
  const lists = { 'tokenizer.ggml.tokens': tokens, 'tokenizer.ggml.merges': ['t 1'] };
  const counts = [numbers, texts, lists].map((each) => Object.keys(each).length);
  out.uint64(counts.reduce((a, b) => a + b) + 2);
  for (const [key, value] of Object.entries(numbers)) out.string(key).uint32(TYPE.uint32).uint32(value);
  for (const [key, value] of Object.entries(texts)) out.string(key).uint32(TYPE.string).string(value);
  for (const [key, values] of Object.entries(lists)) {
    out.string(key).uint32(TYPE.array).uint32(TYPE.string).uint64(values.length);
    for (const value of values) out.string(value);
  }
  out.string('gpt2.attention.layer_norm_epsilon').uint32(TYPE.float32).float32(config.normEpsilon);
  out.string('tokenizer.ggml.token_type').uint32(TYPE.array).uint32(TYPE.int32).uint64(tokens.length);
  tokens.forEach(() => out.uint32(1)); // normal tokens
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Little-endian bytes, one value after another. */
class Bytes {
  readonly #parts: Buffer[] = [];

  text(value: string): this {
    this.#parts.push(Buffer.from(value));
    return this;
  }

  uint32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value);
    this.#parts.push(part);
    return this;
  }

  uint64(value: number): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    this.#parts.push(part);
    return this;
  }

  float32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeFloatLE(value);
    this.#parts.push(part);
    return this;
  }

  string(value: string): this {
    return this.uint64(Buffer.byteLength(value)).text(value);
  }

  pad(): this {
    const length = this.bytes().length;
    this.#parts.push(Buffer.alloc(aligned(length) - length));
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
