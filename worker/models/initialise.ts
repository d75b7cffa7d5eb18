import { Random } from '../base/random.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { GptConfig } from './config.ts';
import { parameterShapes } from './layout.ts';

/**
 * GPT-2's initial weights: N(0, initRange), the projections back into the residual stream scaled by
 * 1 / sqrt(2 L) (Radford et al. 2019), norms one, biases zero. Each tensor is a function of the seed and its name.
 */
export function* initialWeights(
  config: GptConfig,
  seed: number,
): Generator<{ name: string; shape: readonly number[]; data: Float32Array }> {
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(sizeOf(shape));
    if (shape.length > 1) {
      const residual = /\.(c_proj|o_proj|down_proj)\.weight$/.test(name);
      const deviation = config.initRange / (residual ? Math.sqrt(2 * config.layers) : 1);
      const random = new Random(seed, name);
      for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    } else if (name.endsWith('.weight')) {
      data.fill(1);
    }
    yield { name, shape, data };
  }
}
