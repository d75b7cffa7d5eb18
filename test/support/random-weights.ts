import { Random } from '../../worker/base/random.ts';
import type { ModelConfig } from '../../worker/models/config.ts';
import { parameterShapes } from '../../worker/models/layout.ts';

/** Weights that make every tensor matter: norms away from one, biases away from zero. */
export function randomWeights(config: ModelConfig): Map<string, { shape: number[]; data: Float32Array }> {
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => {
      const random = new Random(7, name);
      const isNorm = shape.length === 1 && name.endsWith('.weight');
      const data = Float32Array.from(
        { length: shape.reduce((a, b) => a * b, 1) },
        () => Number(isNorm) + 0.15 * random.normal(),
      );
      return [name, { shape, data }];
    }),
  );
}
