import { countParameters, parametersByModule } from '../models/layout.ts';
import { estimateMemory } from '../models/memory.ts';
import type { InfoRequest, ModelInfo } from '../protocol/info.ts';
import { contextFor } from './context.ts';
import { resolveModel } from './training-model.ts';

/** A model's parameters by module, and the memory that training and using it takes. Throws `usage`, `checkpoint`, `model`. */
export function describeModel({ model, settings, batch = 1, context }: InfoRequest): ModelInfo {
  const { config } = resolveModel(model, settings?.model ?? {});
  const length = contextFor(model, config, context);
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
