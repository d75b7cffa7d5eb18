import { ClozeError } from '../base/errors.ts';
import { countParameters, parametersByModule } from '../models/layout.ts';
import { estimateMemory } from '../models/memory.ts';
import type { InfoRequest, ModelInfo } from '../protocol/info.ts';
import { resolveModel } from './training-model.ts';

/** A model's parameters by module, and the memory that training and using it takes. Throws `usage`, `checkpoint`, `model`. */
export function describeModel({ model, settings, batch = 1, context }: InfoRequest): ModelInfo {
  const { config } = resolveModel(model, settings?.model ?? {});
  const length = context ?? config.context;
  if (config.positions === 'learned' && length > config.context) {
    throw new ClozeError('usage', `${model} has positions for ${config.context} tokens, asked for ${length}`);
  }
  return {
    model,
    config,
    parameters: countParameters(config),
    modules: parametersByModule(config),
    batch,
    context: length,
    memory: {
      training: estimateMemory(config, { mode: 'training', batch, context: length }),
      inference: estimateMemory(config, { mode: 'inference', context: length }),
    },
  };
}
