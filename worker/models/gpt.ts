/** The decoder stack: GPT-1, GPT-2, GPT-3, GPTBigCode, Llama, Mistral, Mixtral, Qwen2 and StarCoder2 are configurations of it. */
import { add, gather, gelu, geluTanh, mul, reshape, silu, slice, split } from '../graph/ops/index.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Attend, type Projections, rotate, type RotaryTable } from '../nn/attention.ts';
import { mixtureOfExperts } from '../nn/experts.ts';
import { embedding, linear, norm, type NormOptions, product, type WeightLayout } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import type { GptConfig } from './config.ts';
import {
  EMBEDDINGS,
  feedForwardNames,
  hasExperts,
  headModule,
  isFused,
  isInOut,
  MIXTURE_NAME,
  namePrefix,
} from './layout.ts';

/** Module names of the two ways in which Hugging Face lays a decoder out. */
const FUSED = { layers: 'h', attention: 'attn', mlp: 'mlp', norm1: 'ln_1', norm2: 'ln_2', lastNorm: 'ln_f' };
const SPLIT = {
  layers: 'layers',
  attention: 'self_attn',
  mlp: 'mlp',
  norm1: 'input_layernorm',
  norm2: 'post_attention_layernorm',
  lastNorm: 'norm',
};
export interface GptInputs {
  /** int32 [B T]. */
  readonly ids: Tensor;
  readonly batch: number;
  readonly length: number;
  readonly attend: Attend;
  /** int32 [T], where they are not 0..T-1; [B T] where sequences have positions of their own. */
  readonly positions?: Tensor;
  /** Angles of those positions, where the model uses rotary ones. */
  readonly rotary?: RotaryTable | undefined;
}

/** Hidden states after the last norm, [B T, C]. Probes: `hidden.0` (embeddings) to `hidden.L`, attention weights. */
export function gptHidden(root: Scope, config: GptConfig, inputs: GptInputs): Tensor {
  const scope = root.under(namePrefix(config.layout));
  const names = isFused(config.layout) ? FUSED : SPLIT;
  const normOptions: NormOptions = { kind: config.norm, epsilon: config.normEpsilon };
  const pre = config.normPlacement === 'pre';

  let x = scope.probe('hidden.0', embed(scope, config, inputs)); // [B T, C]
  for (let layer = 0; layer < config.layers; layer++) {
    x = scope.module(`${names.layers}.${layer}`, (block) => {
      const attention = (y: Tensor): Tensor =>
        block.module(names.attention, (s) => selfAttention(s, config, y, inputs, layer));
      const feedForward = (y: Tensor): Tensor =>
        hasExperts(config)
          ? block.module(MIXTURE_NAME, (s) => mixture(s, config, y))
          : block.module(names.mlp, (s) => mlp(s, config, y));
      const norm1 = (y: Tensor): Tensor => norm(block, names.norm1, y, normOptions);
      const norm2 = (y: Tensor): Tensor => norm(block, names.norm2, y, normOptions);
      if (pre) {
        const middle = add(x, attention(norm1(x)));
        return add(middle, feedForward(norm2(middle)));
      }
      const middle = norm1(add(x, attention(x)));
      return norm2(add(middle, feedForward(middle)));
    });
    if (!pre || layer < config.layers - 1) scope.probe(`hidden.${layer + 1}`, x);
  }
  if (!pre) return x;
  return scope.probe(`hidden.${config.layers}`, norm(scope, names.lastNorm, x, normOptions));
}

/** Scores over the vocabulary: hidden [N, C] -> [N, V]. */
export function gptLogits(root: Scope, config: GptConfig, hidden: Tensor): Tensor {
  const weight = root.under(`${headModule(config)}.`);
  return root.graph.within('lm_head', () => product(weight, hidden, 'out-in'));
}

function embed(scope: Scope, config: GptConfig, { ids, batch, length, positions }: GptInputs): Tensor {
  const [tokenTable, positionTable] = EMBEDDINGS[config.layout];
  return scope.graph.within('embeddings', () => {
    const tokens = embedding(scope, tokenTable, ids); // [B T, C]
    if (config.positions === 'rotary') return scope.dropout(tokens, config.embeddingDropout);
    const table = scope.parameter(`${positionTable}.weight`);
    const places = positions === undefined ? slice(table, 0, 0, length) : gather(table, positions); // [T, C] or [B T, C]
    const rows = places.shape[0]!;
    const sum = add(reshape(tokens, [(batch * length) / rows, rows, config.width]), places);
    return scope.dropout(reshape(sum, tokens.shape), config.embeddingDropout);
  });
}

function selfAttention(scope: Scope, config: GptConfig, x: Tensor, inputs: GptInputs, layer: number): Tensor {
  const projections = project(scope, config, x);
  const attended = inputs.attend(scope, turned(projections, inputs.rotary), layer);
  const out = linear(scope, isFused(config.layout) ? 'c_proj' : 'o_proj', attended, weightLayout(config));
  return scope.dropout(out, config.residualDropout);
}

/** With query and key turned by the angles of their positions, where the model has such. */
function turned(projections: Projections, rotary: RotaryTable | undefined): Projections {
  if (rotary === undefined) return projections;
  const { query, key, value } = projections;
  return { query: rotate(query, rotary), key: rotate(key, rotary), value };
}

function project(scope: Scope, config: GptConfig, x: Tensor): Projections {
  if (isFused(config.layout)) {
    const sizes = [config.heads, config.kvHeads, config.kvHeads].map((heads) => heads * config.headWidth);
    const fused = linear(scope, 'c_attn', x, weightLayout(config));
    const [query, key, value] = split(fused, 1, sizes) as [Tensor, Tensor, Tensor];
    return { query, key, value, fused };
  }
  const part = (name: string): Tensor => linear(scope, name, x, 'out-in');
  return { query: part('q_proj'), key: part('k_proj'), value: part('v_proj') };
}

function mlp(scope: Scope, config: GptConfig, x: Tensor): Tensor {
  const [upName, downName] = feedForwardNames(config.layout);
  const up = linear(scope, upName, x, weightLayout(config));
  const inner = {
    gelu: () => gelu(up),
    gelu_tanh: () => geluTanh(up),
    swiglu: () => mul(silu(linear(scope, 'gate_proj', x, 'out-in')), up),
  }[config.activation]();
  const out = linear(scope, downName, inner, weightLayout(config));
  return scope.dropout(out, config.residualDropout);
}

function mixture(scope: Scope, config: GptConfig, x: Tensor): Tensor {
  const shape = { experts: config.experts, perToken: config.expertsPerToken };
  return scope.dropout(mixtureOfExperts(scope, x, shape), config.residualDropout);
}

function weightLayout(config: GptConfig): WeightLayout {
  return isInOut(config.layout) ? 'in-out' : 'out-in';
}
