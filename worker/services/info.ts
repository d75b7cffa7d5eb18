import { existsSync } from 'node:fs';
import { ClozeError } from '../base/errors.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import type { GptConfig } from '../models/config.ts';
import { fromHuggingFace } from '../models/huggingface.ts';
import { countParameters, parametersByModule } from '../models/layout.ts';
import { estimateMemory } from '../models/memory.ts';
import { isPresetName, PRESET_NAMES, PRESETS } from '../models/presets.ts';
import type { InfoRequest, ModelInfo } from '../protocol/info.ts';

/** A model's parameters by module, and the memory that training and using it takes. Throws `usage`, `checkpoint`. */
export function describeModel({ model, batch = 1, context }: InfoRequest): ModelInfo {
  const config = configOf(model);
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

function configOf(model: string): GptConfig {
  if (isPresetName(model)) return PRESETS[model];
  if (!existsSync(model)) {
    throw new ClozeError('usage', `expected a preset or a model folder, got ${model}`, {
      hint: `the presets are ${PRESET_NAMES.join(', ')}`,
    });
  }
  const { config, tensors } = readModelFolder(model);
  tensors.close();
  return fromHuggingFace(config, `${model}/config.json`);
}
