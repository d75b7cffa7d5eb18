/** Which weights of a model are quantised, and their values. */
import { quantise, transposed } from '../checkpoints/quantise.ts';
import { type Bits, BLOCK, quantisedShapes } from '../graph/ops/index.ts';
import type { DType, Shape } from '../graph/tensor.ts';
import { CODES, outIn, type Quantised, SCALES } from '../nn/quantised.ts';
import { isEncoder, type ModelConfig } from './config.ts';
import type { NamedWeights } from './initialise.ts';
import { headModule, isInOut, MIXTURE_NAME, parameterShapes, stackLayers, tokenTable } from './layout.ts';
import type { WeightPrecision } from './weight-precision.ts';

const BITS: Readonly<Record<Exclude<WeightPrecision, 'float32'>, Bits>> = { int8: 8, int4: 4 };

/**
 * The weights that are frozen while an adapter is trained (QLoRA; Dettmers et al. 2023): those of the linear layers of the
 * stack. Undefined where nothing is quantised. Layers whose input is no multiple of 32 stay as they are, and routers, which
 * are small, and where little decides which experts see a token.
 */
export function quantisedBase(config: ModelConfig, precision: WeightPrecision): Quantised | undefined {
  if (precision === 'float32') return undefined;
  const isRouter = (name: string): boolean => name.endsWith(`.${MIXTURE_NAME}.gate`);
  const fitting = [...stackLayers(config)].filter(
    ([name, { input }]) => input % BLOCK === 0 && !isRouter(name),
  );
  return { bits: new Map(fitting.map(([name]) => [name, BITS[precision]])), rounded: false };
}

/**
 * As {@link quantisedBase}, for generation: also the table of tokens and the head, with 8 bits, since what is lost there is
 * lost in each score. One table serves for both where they are tied.
 */
export function quantisedForGeneration(
  config: ModelConfig,
  precision: WeightPrecision,
): Quantised | undefined {
  const base = quantisedBase(config, precision);
  if (base === undefined || isEncoder(config) || config.width % BLOCK !== 0)
    return base && { ...base, rounded: true };
  const tables = [tokenTable(config), headModule(config)].map((name): [string, Bits] => [name, 8]);
  return { bits: new Map([...base.bits, ...tables]), rounded: true };
}

/** A value as a state holds it. */
export interface StateValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float32Array | Uint8Array;
}

/** The states of a model's parameters, in their order, those that are quantised as codes and scales. */
export function stateShapes(
  config: ModelConfig,
  quantised: Quantised | undefined,
): Map<string, { readonly dtype: DType; readonly shape: Shape }> {
  const states = new Map<string, { readonly dtype: DType; readonly shape: Shape }>();
  for (const [name, shape] of parameterShapes(config)) {
    const module = moduleOf(name);
    const bits = module === undefined ? undefined : quantised?.bits.get(module);
    if (module === undefined || bits === undefined) {
      states.set(name, { dtype: 'float32', shape });
      continue;
    }
    const parts = quantisedShapes(outIn(shape, layoutOf(config, module)), bits);
    states.set(`${module}.${CODES}`, { dtype: 'uint8', shape: parts.codes });
    states.set(`${module}.${SCALES}`, { dtype: 'float32', shape: parts.scales });
  }
  return states;
}

/** Weights one after another as the states hold them: none but the one that is read is in memory in float32. */
export function* stateValues(
  config: ModelConfig,
  quantised: Quantised | undefined,
  weights: Iterable<NamedWeights>,
): Generator<StateValue> {
  for (const { name, shape, data } of weights) {
    const module = moduleOf(name);
    const bits = module === undefined ? undefined : quantised?.bits.get(module);
    if (module === undefined || bits === undefined) {
      yield { name, dtype: 'float32', shape, data };
      continue;
    }
    const layout = layoutOf(config, module);
    const parts = quantisedShapes(outIn(shape, layout), bits);
    const rows = layout === 'out-in' ? data : transposed(data, shape[0]!, shape[1]!);
    const { codes, scales } = quantise(rows, bits);
    yield { name: `${module}.${CODES}`, dtype: 'uint8', shape: parts.codes, data: codes };
    yield { name: `${module}.${SCALES}`, dtype: 'float32', shape: parts.scales, data: scales };
  }
}

/** Whether a parameter is one of those. */
export function isQuantised(parameter: string, quantised: Quantised | undefined): boolean {
  const module = moduleOf(parameter);
  return module !== undefined && quantised?.bits.has(module) === true;
}

function moduleOf(name: string): string | undefined {
  return name.endsWith('.weight') ? name.slice(0, -'.weight'.length) : undefined;
}

/** Tables and heads are [out, in] in every layout. */
function layoutOf(config: ModelConfig, module: string): 'in-out' | 'out-in' {
  return isInOut(config.layout) && stackLayers(config).has(module) ? 'in-out' : 'out-in';
}
