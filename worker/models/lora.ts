/** Which layers of a model an adapter adds to, and the parameters that it has (LoRA; Hu et al. 2021). */
import * as z from 'zod';
import { ClozeError, messageOf } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { PEFT_PREFIX, type StoredAdapter } from '../checkpoints/peft.ts';
import { LORA_A, LORA_B, type LowRank } from '../nn/lora.ts';
import type { Quantised } from '../nn/quantised.ts';
import type { ModelConfig } from './config.ts';
import type { NamedWeights } from './initialise.ts';
import { parameterShapes, stackLayers } from './layout.ts';
import { quantisedBase } from './quantised.ts';
import { WEIGHT_PRECISIONS } from './weight-precision.ts';

const count = z.int().positive();

/** What a new adapter is made from. */
export const LoraSettingsSchema = z.strictObject({
  rank: count.default(8).describe('R, rows of A: how much an adapter can learn'),
  alpha: z.number().positive().default(16).describe('the adapter counts alpha / rank times'),
  dropout: z.number().min(0).lt(1).default(0).describe('dropout of what the adapter reads'),
  targets: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "linear layers that are adapted: ends of their names between commas, 'all-linear', or a /pattern/ for whole names; default: those that are usual for the family",
    ),
  scaling: z
    .enum(['standard', 'rslora'])
    .default('standard')
    .describe('alpha / rank, or alpha / sqrt(rank), which keeps large ranks learning (rsLoRA)'),
  init: z
    .enum(['kaiming', 'gaussian'])
    .default('kaiming')
    .describe("A's initial values: uniform as PEFT's default, or normal with deviation 1 / rank; B is zero"),
  base: z
    .enum(WEIGHT_PRECISIONS)
    .default('float32')
    .describe(
      'how the frozen weights of the layers are held: int8 and int4 take a quarter and a sixth (QLoRA)',
    ),
});

export type LoraSettings = z.infer<typeof LoraSettingsSchema>;

/** A low-rank layer beside a linear one. */
export interface LoraLayer {
  readonly rank: number;
  readonly input: number;
  readonly output: number;
}

/** An adapter as a model has it. */
export interface Adapter extends LowRank {
  /** By the name of the module, such as `transformer.h.0.attn.c_attn`. */
  readonly layers: ReadonlyMap<string, LoraLayer>;
  /** Modules that are trained and stored whole: a head that the base has not. */
  readonly saved: readonly string[];
  /** Which of the frozen weights are quantised while it is trained (QLoRA; Dettmers et al. 2023). */
  readonly quantised?: Quantised | undefined;
}

/** What is trained: a model, or an adapter of it. */
export interface TrainedModel {
  readonly config: ModelConfig;
  readonly adapter?: Adapter | undefined;
}

/** What is adapted unless something else is asked for: as PEFT has it. */
const USUAL_TARGETS: Readonly<Record<ModelConfig['layout'], readonly string[]>> = {
  gpt2: ['c_attn'],
  'openai-gpt': ['c_attn'],
  gpt_bigcode: ['c_attn'],
  llama: ['q_proj', 'v_proj'],
  qwen2: ['q_proj', 'v_proj'],
  starcoder2: ['q_proj', 'v_proj'],
  mixtral: ['q_proj', 'v_proj'],
  bert: ['query', 'value'],
  roberta: ['query', 'value'],
  distilbert: ['q_lin', 'v_lin'],
};

const ALL_LINEAR = 'all-linear';

/** Ends of the names of the modules that a family usually has adapted. */
export function usualTargets({ layout }: Pick<ModelConfig, 'layout'>): readonly string[] {
  return USUAL_TARGETS[layout];
}

/**
 * A new adapter of a model. `saved` are modules that are trained whole. Throws `config` if a target matches no linear
 * layer, or the rank is larger than a layer.
 */
export function newAdapter(
  config: ModelConfig,
  settings: LoraSettings,
  saved: readonly string[] = [],
): Adapter {
  const { rank, alpha, dropout, scaling, base, targets = usualTargets(config) } = settings;
  const linear = stackLayers(config);
  const layers = new Map<string, LoraLayer>();
  for (const target of targets.flatMap(splitNames)) {
    const found = [...linear].filter(([name]) => matches(name, target));
    if (found.length === 0) throw noSuchLayer(target, linear);
    for (const [name, { input, output }] of found) {
      if (rank > Math.min(input, output)) throw tooHigh(rank, name, input, output);
      layers.set(name, { rank, input, output });
    }
  }
  const scale = alpha / (scaling === 'rslora' ? Math.sqrt(rank) : rank);
  const scales = new Map([...layers.keys()].map((name) => [name, scale]));
  return { layers, scales, dropout, saved, quantised: quantisedBase(config, base) };
}

/** An adapter as its folder has it. */
export function adapterOf({ layers, saved, config }: StoredAdapter): Adapter {
  return {
    layers,
    scales: new Map([...layers].map(([name, { scale }]) => [name, scale])),
    dropout: config.lora_dropout,
    saved: [...new Set([...saved.keys()].map((name) => name.replace(/\.[^.]+$/, '')))],
  };
}

/** The values of an adapter: its low-rank layers, and what it keeps whole. */
export function* adapterWeights({ layers, saved, file }: StoredAdapter): Generator<NamedWeights> {
  const lowRank = [...layers.keys()].flatMap((module) => [`${module}.${LORA_A}`, `${module}.${LORA_B}`]);
  for (const name of [...lowRank, ...saved.keys()]) {
    const stored = PEFT_PREFIX + name;
    yield { name, shape: file.info(stored).shape, data: file.readFloat32(stored) };
  }
}

/** As PEFT matches: the whole name or its end, or a pattern for the whole name. */
function matches(name: string, target: string): boolean {
  if (target === ALL_LINEAR) return true;
  const pattern = patternIn(target);
  if (pattern !== undefined) return pattern.test(name);
  return name === target || name.endsWith(`.${target}`);
}

/** Several names may stand between commas; a pattern stands alone. */
function splitNames(target: string): string[] {
  return target.startsWith('/') ? [target] : target.split(',').map((name) => name.trim());
}

/** The pattern between slashes, for a whole name. Throws `config` if it is none. */
function patternIn(target: string): RegExp | undefined {
  const source = /^\/(.+)\/$/.exec(target)?.[1];
  if (source === undefined) return undefined;
  try {
    return new RegExp(`^(?:${source})$`);
  } catch (error) {
    throw new ClozeError('config', `lora.targets: ${target} is no pattern: ${messageOf(error)}`, {
      cause: error,
      hint: 'write a regular expression that matches the whole name of a layer, such as /.*(query|value)/',
    });
  }
}

/** The parameters of a model with its adapter, if it has one. */
export function adaptedShapes(config: ModelConfig, adapter: Adapter | undefined): Map<string, number[]> {
  const shapes = parameterShapes(config);
  for (const [name, shape] of adapterShapes(adapter)) shapes.set(name, shape);
  return shapes;
}

/** The parameters that training changes: of an adapted model its low-rank layers, and the modules that are saved whole. */
export function trainedShapes(config: ModelConfig, adapter: Adapter | undefined): Map<string, number[]> {
  if (adapter === undefined) return parameterShapes(config);
  const isSaved = (name: string): boolean => adapter.saved.some((module) => name.startsWith(`${module}.`));
  return new Map([
    ...[...parameterShapes(config)].filter(([name]) => isSaved(name)),
    ...adapterShapes(adapter),
  ]);
}

/** The low-rank layers of an adapter. */
export function adapterShapes(adapter: Adapter | undefined): Map<string, number[]> {
  return new Map(
    [...(adapter?.layers ?? [])].flatMap(([name, { rank, input, output }]): [string, number[]][] => [
      [`${name}.${LORA_A}`, [rank, input]],
      [`${name}.${LORA_B}`, [output, rank]],
    ]),
  );
}

/** Whether training draws random numbers. */
export function hasDropout(config: ModelConfig, adapter: Adapter | undefined): boolean {
  const { embeddingDropout, attentionDropout, residualDropout } = config;
  return embeddingDropout + attentionDropout + residualDropout + (adapter?.dropout ?? 0) > 0;
}

/** Initial values of A and B, a function of the seed and the name: B is zero, so that nothing is added yet. */
export function* initialAdapter(
  adapter: Adapter,
  init: LoraSettings['init'],
  seed: number,
): Generator<NamedWeights> {
  for (const [module, { rank, input, output }] of adapter.layers) {
    const name = `${module}.${LORA_A}`;
    const random = new Random(seed, name);
    const bound = 1 / Math.sqrt(input); // kaiming_uniform_ with a = sqrt(5)
    const draw = (): number =>
      init === 'gaussian' ? random.normal() / rank : bound * (2 * random.uniform() - 1);
    yield { name, shape: [rank, input], data: Float32Array.from({ length: rank * input }, draw) };
    const shape = [output, rank];
    yield { name: `${module}.${LORA_B}`, shape, data: new Float32Array(output * rank) };
  }
}

function noSuchLayer(target: string, linear: ReadonlyMap<string, unknown>): ClozeError {
  const names = [...linear.keys()];
  const ends = [...new Set(names.map((name) => name.slice(name.lastIndexOf('.') + 1)))];
  return new ClozeError('config', `lora.targets: no linear layer of the model matches ${target}`, {
    hint: `its layers end in ${ends.join(', ')}`,
    details: { target, layers: names },
  });
}

function tooHigh(rank: number, name: string, input: number, output: number): ClozeError {
  return new ClozeError(
    'config',
    `lora.rank ${rank} is larger than the layer ${name}, which is ${input} x ${output}`,
    {
      hint: `take at most ${Math.min(input, output)}; far less is usual`,
      details: { rank, name, input, output },
    },
  );
}
