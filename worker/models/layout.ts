import { isEncoderLayout } from './bert-config.ts';
import { encoderParameters } from './bert-layout.ts';
import { type GptConfig, isEncoder, type ModelConfig } from './config.ts';
import { conv1d, layerModules, linear, type ModulePath, type Parameter, withBias } from './parameter.ts';

/**
 * Every parameter under the name and with the shape that Hugging Face stores it, in the order of the computation.
 * gpt2 and openai-gpt keep linear weights as [in, out] (their Conv1D), the others as [out, in]; these two and gpt_bigcode
 * have query, key and value in one tensor. A tied head has no tensor of its own.
 */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  return new Map(parameters(config).map(({ name, shape }) => [name, shape]));
}

/** The number of parameters of a model; a tied head counts once. */
export function countParameters(config: ModelConfig): number {
  return parameters(config).reduce((sum, { shape }) => sum + size(shape), 0);
}

/** The number of parameters that compute a token: of a mixture's experts those that see it. */
export function countActiveParameters(config: ModelConfig): number {
  if (isEncoder(config) || !hasExperts(config)) return countParameters(config);
  const { experts, expertsPerToken } = config;
  const isExpert = ({ name }: Parameter): boolean => name.includes(`.${MIXTURE_NAME}.experts.`);
  const own = parameters(config).filter(isExpert);
  const inExperts = own.reduce((sum, { shape }) => sum + size(shape), 0);
  return countParameters(config) - (inExperts / experts) * (experts - expertsPerToken);
}

/** Elements of some parameters. */
export function sizeOfAll(shapes: ReadonlyMap<string, readonly number[]>): number {
  return [...shapes.values()].reduce((sum, shape) => sum + size(shape), 0);
}

/** Parameters of a module, and of the modules inside it. */
export interface ModuleParameters {
  readonly name: string;
  readonly parameters: number;
  readonly children: readonly ModuleParameters[];
}

/** The parameters of a model as a tree: embeddings, each layer's attention, MLP and norms, the last norm, the heads. */
export function parametersByModule(config: ModelConfig): ModuleParameters {
  const leaves = parameters(config).map(({ shape, module }) => ({ path: module, parameters: size(shape) }));
  return branch('model', leaves);
}

interface Leaf {
  readonly path: readonly string[];
  readonly parameters: number;
}

function branch(name: string, leaves: readonly Leaf[]): ModuleParameters {
  const groups = new Map<string, Leaf[]>();
  for (const { path, parameters } of leaves) {
    const [first, ...rest] = path;
    if (first === undefined) continue;
    const group = groups.get(first) ?? [];
    groups.set(first, [...group, { path: rest, parameters }]);
  }
  return {
    name,
    parameters: leaves.reduce((sum, leaf) => sum + leaf.parameters, 0),
    children: [...groups].map(([child, group]) => branch(child, group)),
  };
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** What the names of all tensors but the head's begin with; files of the bare stack leave it out. */
export function namePrefix(layout: ModelConfig['layout']): string {
  if (isEncoderLayout(layout)) return `${layout}.`;
  return isFused(layout) ? 'transformer.' : 'model.';
}

/** The head's weight [V, C], where it is not tied to the token embedding. */
export const HEAD_NAME = 'lm_head.weight';

/** The tables of token and position embeddings, without the prefix. */
export const EMBEDDINGS = {
  gpt2: ['wte', 'wpe'],
  'openai-gpt': ['tokens_embed', 'positions_embed'],
  gpt_bigcode: ['wte', 'wpe'],
  llama: ['embed_tokens', 'embed_positions'],
  qwen2: ['embed_tokens', 'embed_positions'],
  starcoder2: ['embed_tokens', 'embed_positions'],
  mixtral: ['embed_tokens', 'embed_positions'],
} as const;

/** The module of a decoder's table of tokens. */
export function tokenTable({ layout }: Pick<GptConfig, 'layout'>): string {
  return `${namePrefix(layout)}${EMBEDDINGS[layout][0]}`;
}

/** The module of a decoder's head: the table of tokens, where they are tied. */
export function headModule({ layout, tiedHead }: Pick<GptConfig, 'layout' | 'tiedHead'>): string {
  return tiedHead ? tokenTable({ layout }) : HEAD_NAME.replace(/\.weight$/, '');
}

/** The module of a layer's router and experts, within the layer. */
export const MIXTURE_NAME = 'block_sparse_moe';

/** Whether the feed-forward layers are mixtures of experts. */
export function hasExperts({ layout }: Pick<GptConfig, 'layout'>): boolean {
  return layout === 'mixtral';
}

/** Whether query, key and value are one tensor, and modules have GPT-2's names. */
export function isFused(layout: GptConfig['layout']): boolean {
  return isInOut(layout) || layout === 'gpt_bigcode';
}

/** Whether linear weights are stored as [in, out]. */
export function isInOut(layout: ModelConfig['layout']): boolean {
  return layout === 'gpt2' || layout === 'openai-gpt';
}

/** The feed-forward layer's two modules; a gate has a third. */
export function feedForwardNames(layout: GptConfig['layout']): readonly [up: string, down: string] {
  return isFused(layout) || layout === 'starcoder2' ? ['c_fc', 'c_proj'] : ['up_proj', 'down_proj'];
}

/** All linear layers, heads among them, with the numbers of what goes in and comes out. */
export function linearLayers(
  config: ModelConfig,
): Map<string, { readonly input: number; readonly output: number }> {
  const inOut = isInOut(config.layout);
  return new Map(
    [...parameterShapes(config)]
      .map(([name, shape]): [string, readonly number[]] => [name.replace(/\.weight$/, ''), shape])
      .filter(([name, shape]) => shape.length === 2 && !isTable(name))
      .map(([name, [rows, columns]]) => [
        name,
        inOut ? { input: rows!, output: columns! } : { input: columns!, output: rows! },
      ]),
  );
}

/** The linear layers of the stack, without heads. */
export function stackLayers(config: ModelConfig): ReturnType<typeof linearLayers> {
  return new Map([...linearLayers(config)].filter(([name]) => isInStack(name)));
}

/** Whether it belongs to a layer of the stack, and not to a head. */
function isInStack(module: string): boolean {
  return /\.(h|layers|layer)\.\d+\./.test(module);
}

/** Embeddings, and heads over the vocabulary: what PEFT's 'all-linear' leaves out. */
function isTable(module: string): boolean {
  return /(^|\.)(wte|wpe|tokens_embed|positions_embed|embed_tokens|embed_positions|\w+_embeddings|lm_head)$/.test(
    module,
  );
}

function parameters(config: ModelConfig): Parameter[] {
  return isEncoder(config) ? encoderParameters(config) : decoderParameters(config);
}

function decoderParameters(config: GptConfig): Parameter[] {
  const { layout, vocab, context, width, layers, positions, normPlacement, tiedHead } = config;
  const stack = namePrefix(layout);
  const [tokens, positionTable] = EMBEDDINGS[layout];
  const [layer, lastNorm] = isFused(layout) ? [fusedLayer, 'ln_f'] : [splitLayer, 'norm'];
  return [
    { name: `${stack}${tokens}.weight`, shape: [vocab, width], module: ['embeddings', 'tokens'] },
    ...(positions === 'learned'
      ? [
          {
            name: `${stack}${positionTable}.weight`,
            shape: [context, width],
            module: ['embeddings', 'positions'],
          },
        ]
      : []),
    ...Array.from({ length: layers }, (_, index) => layer(config, index)).flat(),
    ...(normPlacement === 'pre' ? norm(config, `${stack}${lastNorm}`, ['final norm']) : []),
    ...(tiedHead ? [] : [{ name: HEAD_NAME, shape: [vocab, width], module: ['head'] }]),
  ];
}

/** One layer as in GPT-1, GPT-2 and GPTBigCode. */
function fusedLayer(config: GptConfig, index: number): Parameter[] {
  const { width, heads, kvHeads, headWidth, feedForward, bias } = config;
  const name = `${namePrefix(config.layout)}h.${index}`;
  const [attention, mlp, norms] = layerModules(index);
  const all = bias === 'all';
  const weight = isInOut(config.layout) ? conv1d : linear;
  return [
    ...norm(config, `${name}.ln_1`, norms),
    ...weight(`${name}.attn.c_attn`, width, (heads + 2 * kvHeads) * headWidth, bias !== 'none', attention),
    ...weight(`${name}.attn.c_proj`, heads * headWidth, width, all, attention),
    ...norm(config, `${name}.ln_2`, norms),
    ...weight(`${name}.mlp.c_fc`, width, feedForward, all, mlp),
    ...weight(`${name}.mlp.c_proj`, feedForward, width, all, mlp),
  ];
}

/** One layer as in Llama, Qwen2, StarCoder2 and Mixtral. */
function splitLayer(config: GptConfig, index: number): Parameter[] {
  const { width, heads, kvHeads, headWidth, bias } = config;
  const name = `${namePrefix(config.layout)}layers.${index}`;
  const [attention, mlp, norms] = layerModules(index);
  const some = bias !== 'none';
  const all = bias === 'all';
  return [
    ...norm(config, `${name}.input_layernorm`, norms),
    ...linear(`${name}.self_attn.q_proj`, width, heads * headWidth, some, attention),
    ...linear(`${name}.self_attn.k_proj`, width, kvHeads * headWidth, some, attention),
    ...linear(`${name}.self_attn.v_proj`, width, kvHeads * headWidth, some, attention),
    ...linear(`${name}.self_attn.o_proj`, heads * headWidth, width, all, attention),
    ...norm(config, `${name}.post_attention_layernorm`, norms),
    ...(hasExperts(config) ? mixture(config, name, mlp) : splitMlp(config, name, mlp)),
  ];
}

function splitMlp(
  { layout, width, feedForward, activation, bias }: GptConfig,
  layer: string,
  mlp: ModulePath,
) {
  const [up, down] = feedForwardNames(layout);
  const all = bias === 'all';
  return [
    ...(activation === 'swiglu' ? linear(`${layer}.mlp.gate_proj`, width, feedForward, all, mlp) : []),
    ...linear(`${layer}.mlp.${up}`, width, feedForward, all, mlp),
    ...linear(`${layer}.mlp.${down}`, feedForward, width, all, mlp),
  ];
}

/** A router, and the three matrices of each expert. */
function mixture({ width, feedForward, experts }: GptConfig, layer: string, mlp: ModulePath): Parameter[] {
  const name = `${layer}.${MIXTURE_NAME}`;
  return [
    ...linear(`${name}.gate`, width, experts, false, [...mlp, 'router']),
    ...Array.from({ length: experts }, (_, e) => {
      const [expert, module] = [`${name}.experts.${e}`, [...mlp, `expert ${e}`]];
      return [
        ...linear(`${expert}.w1`, width, feedForward, false, module),
        ...linear(`${expert}.w2`, feedForward, width, false, module),
        ...linear(`${expert}.w3`, width, feedForward, false, module),
      ];
    }).flat(),
  ];
}

/** RMSNorm has no bias, and LayerNorm has one only where everything has. */
function norm({ width, norm, bias }: GptConfig, name: string, module: ModulePath): Parameter[] {
  return withBias(name, [width], width, norm === 'layernorm' && bias === 'all', module);
}
