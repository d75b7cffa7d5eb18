import { countActiveParameters, countParameters, parametersByModule } from '../models/layout.ts';
import type { ModelConfig } from '../models/config.ts';
import { LoraSettingsSchema, newAdapter } from '../models/lora.ts';
import { estimateMemory, type MemoryEstimate } from '../models/memory.ts';
import type { WeightPrecision } from '../models/weight-precision.ts';
import type { InfoRequest, ModelInfo } from '../protocol/info.ts';
import { contextFor } from './context.ts';
import { resolveModel } from './training-model.ts';

/** A model's parameters by module, and the memory that training and using it takes. Throws `usage`, `checkpoint`, `model`. */
export function describeModel({ model, settings, batch = 1, context }: InfoRequest): ModelInfo {
  const { config } = resolveModel(model, settings?.model ?? {});
  const length = contextFor(model, config, context);
  const training = (base?: WeightPrecision): MemoryEstimate => {
    const adapter = base && newAdapter(config, LoraSettingsSchema.parse({ base, rank: smallRank(config) }));
    return estimateMemory(config, { mode: 'training', batch, context: length, adapter });
  };
  return {
    model,
    config,
    parameters: countParameters(config),
    activeParameters: countActiveParameters(config),
    modules: parametersByModule(config),
    batch,
    context: length,
    memory: {
      training: training(),
      lora: training('float32'),
      quantisedLora: training('int4'),
      inference: estimateMemory(config, { mode: 'inference', context: length }),
    },
  };
}

/** The usual rank, or what fits into a model that is smaller. */
function smallRank({ width }: ModelConfig): number {
  return Math.min(8, width);
}
