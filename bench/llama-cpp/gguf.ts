/** Writes a GPT-2 as a GGUF file, version 3, all in float32 (github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { GptConfig } from '../../worker/models/config.ts';

const TYPE = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;
const F32 = 0;
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

export function writeGguf(path: string, config: GptConfig, parameters: readonly NamedTensor[]): void {
  const tensors = parameters.map(ggufTensor);
  const header = new Bytes();
  header.text('GGUF').uint32(3).uint64(tensors.length);
  writeMetadata(header, config);
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    header.string(name).uint32(shape.length);
    for (const size of shape.toReversed()) header.uint64(size);
    header.uint32(F32).uint64(offset);
    offset += aligned(data.byteLength);
  }
  header.pad();
  const file = openSync(path, 'w');
  writeSync(file, header.bytes());
  for (const { data } of tensors) {
    writeSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    writeSync(file, new Uint8Array(aligned(data.byteLength) - data.byteLength));
  }
  closeSync(file);
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
function writeMetadata(out: Bytes, config: GptConfig): void {
  const tokens = Array.from({ length: config.vocab }, (_, id) => `t${id}`);
  const numbers: Record<string, number> = {
    'gpt2.context_length': config.context,
    'gpt2.embedding_length': config.width,
    'gpt2.feed_forward_length': config.feedForward,
    'gpt2.block_count': config.layers,
    'gpt2.attention.head_count': config.heads,
    'general.file_type': F32,
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
