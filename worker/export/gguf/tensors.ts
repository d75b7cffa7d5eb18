/**
 * A model's parameters as llama.cpp wants them: its names, every linear weight [out, in], rotary rows in pairs, and the same
 * matrix of all experts of a layer as one tensor [E, out, in].
 */
import { transposed } from '../../checkpoints/quantise.ts';
import { parameterShapes, HEAD_NAME, isInOut } from '../../models/layout.ts';
import { storedConfig } from '../../models/huggingface.ts';
import type { StoredParameters } from '../../models/weights.ts';
import type { GgufType } from '../formats.ts';
import { type GgufConfig, isLlama } from './architecture.ts';
import { BLOCK } from './blocks.ts';
import type { GgufTensor } from './format.ts';

/** Names of modules by Hugging Face's; those of a layer are `blk.N.NAME`. */
const MODULES: Readonly<Record<string, string>> = {
  wte: 'token_embd',
  embed_tokens: 'token_embd',
  wpe: 'position_embd',
  ln_f: 'output_norm',
  norm: 'output_norm',
  ln_1: 'attn_norm',
  input_layernorm: 'attn_norm',
  'attn.c_attn': 'attn_qkv',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'attn.c_proj': 'attn_output',
  'self_attn.o_proj': 'attn_output',
  ln_2: 'ffn_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.c_fc': 'ffn_up',
  'mlp.up_proj': 'ffn_up',
  'mlp.c_proj': 'ffn_down',
  'mlp.down_proj': 'ffn_down',
  'block_sparse_moe.gate': 'ffn_gate_inp',
  'block_sparse_moe.experts.w1': 'ffn_gate_exps',
  'block_sparse_moe.experts.w2': 'ffn_down_exps',
  'block_sparse_moe.experts.w3': 'ffn_up_exps',
};

/** The tensors of a model, its matrices as `type` where that fits them. */
export function ggufTensors(
  config: GgufConfig,
  { shapes, read, chunks }: Pick<StoredParameters, 'shapes' | 'read' | 'chunks'>,
  type: GgufType,
): GgufTensor[] {
  // llama.cpp knows no model of these families without biases: there are zeros where this one has none
  const each = [...parameterShapes(storedConfig(config))].map(([name, stored]) => {
    const zeros = (): Float32Array<ArrayBuffer>[] => [new Float32Array(stored.reduce((a, b) => a * b, 1))];
    const isTransposed = isInOut(config.layout) && /\.c_\w+\.weight$/.test(name);
    const heads = rotaryHeads(config, name);
    const shape = isTransposed ? stored.toReversed() : stored;
    const values = (): Iterable<Float32Array<ArrayBuffer>> => {
      if (!shapes.has(name)) return zeros();
      if (isTransposed) return [transposed(read(name), stored[0]!, stored[1]!)];
      return heads === undefined ? chunks(name) : [inPairs(read(name), heads, config.headWidth)];
    };
    const own = ggufName(name);
    return { name: own, shape, type: typeOf(own, shape, type), values };
  });
  return stacked(each);
}

/** Tensors of the same name, which are those of a layer's experts, one behind the other in one with an axis more. */
function stacked(tensors: readonly GgufTensor[]): GgufTensor[] {
  const byName = new Map<string, GgufTensor[]>();
  for (const tensor of tensors) byName.set(tensor.name, [...(byName.get(tensor.name) ?? []), tensor]);
  return [...byName.values()].map(([first, ...others]) => {
    if (others.length === 0) return first!;
    const experts = [first!, ...others];
    return {
      ...first!,
      shape: [experts.length, ...first!.shape],
      *values() {
        for (const expert of experts) yield* expert.values();
      },
    };
  });
}

function ggufName(name: string): string {
  if (name === HEAD_NAME) return 'output.weight';
  const [, layer, module, kind] = /^\w+\.(?:(?:h|layers)\.(\d+)\.)?(.*)\.(weight|bias)$/.exec(name)!;
  const own = MODULES[module!.replace(/(?<=\.experts)\.\d+/, '')]!;
  return `${layer === undefined ? own : `blk.${layer}.${own}`}.${kind!}`;
}

/** Vectors, positions and routers stay float32; rows that blocks do not fill are halves. */
function typeOf(name: string, shape: readonly number[], type: GgufType): GgufType {
  const isExact = name.startsWith('position_embd') || name.includes('.ffn_gate_inp.');
  if (shape.length === 1 || isExact) return 'f32';
  if (type === 'f32' || type === 'f16') return type;
  if (shape.at(-1)! % BLOCK !== 0) return 'f16';
  const isVocabulary = name.startsWith('token_embd') || name.startsWith('output.');
  return isVocabulary ? 'q8_0' : type; // four bits cost most where tokens are told apart
}

/** Heads of a query or key that llama.cpp rotates in neighbouring pairs; only its llama does. */
function rotaryHeads(config: GgufConfig, name: string): number | undefined {
  if (!isLlama(config)) return undefined;
  if (name.includes('.q_proj.')) return config.heads;
  return name.includes('.k_proj.') ? config.kvHeads : undefined;
}

/** Rows i and i + D / 2 of each head as rows 2 i and 2 i + 1: x is [heads D, ...]. */
function inPairs(x: Float32Array, heads: number, headWidth: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x.length);
  const size = x.length / (heads * headWidth);
  const half = headWidth / 2;
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headWidth; row++) {
      const from = (head * headWidth + (row % 2) * half + Math.floor(row / 2)) * size;
      out.set(x.subarray(from, from + size), (head * headWidth + row) * size);
    }
  }
  return out;
}
