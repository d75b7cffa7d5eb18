import { Random } from '../base/random.ts';
import { sizeOf } from '../graph/tensor.ts';
import { paddingRows } from './bert-layout.ts';
import { isEncoder, type ModelConfig } from './config.ts';
import { parameterShapes } from './layout.ts';

/** A parameter with its values. */
export interface NamedWeights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Initial values of every parameter; see {@link initialValues}. */
export function* initialWeights(config: ModelConfig, seed: number): Generator<NamedWeights> {
  for (const [name, shape] of parameterShapes(config)) {
    yield { name, shape, data: initialValues(config, name, shape, seed) };
  }
}

/**
 * One parameter's initial values, a function of the seed and its name: matrices N(0, initRange), norms one, biases zero.
 * As in GPT-2 a decoder's projections back into the residual stream are scaled by 1 / sqrt(2 L) (Radford et al. 2019);
 * as in BERT an encoder's are not, and its rows of padding are zero.
 */
export function initialValues(
  config: ModelConfig,
  name: string,
  shape: readonly number[],
  seed: number,
): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (shape.length > 1) {
    const random = new Random(seed, name);
    const deviation = deviationOf(config, name);
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
  } else if (name.endsWith('.weight')) {
    data.fill(1);
  }
  const padding = isEncoder(config) ? paddingRows(config).get(name) : undefined;
  if (padding !== undefined) data.fill(0, padding * config.width, (padding + 1) * config.width);
  return data;
}

function deviationOf(config: ModelConfig, name: string): number {
  const residual = /\.(c_proj|o_proj|down_proj|w2)\.weight$/.test(name);
  return config.initRange / (residual ? Math.sqrt(2 * config.layers) : 1);
}
