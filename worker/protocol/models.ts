/** Models by preset and by folder, for those who list them. */
import { readModelFolder } from '../checkpoints/folder.ts';
import { baseOf } from '../checkpoints/peft.ts';
import { isEncoder, type ModelConfig } from '../models/config.ts';
import { modelFromHuggingFace } from '../models/huggingface.ts';
import { countParameters } from '../models/layout.ts';
import { modelFolder } from '../models/model-folder.ts';
import { openParameters } from '../models/weights.ts';

export { lastCheckpoint } from '../inspect/last-checkpoint.ts';
export { modelVersion } from '../models/model-folder.ts';
export { countParameters } from '../models/layout.ts';
export { isPresetName, type PresetName, PRESETS } from '../models/presets.ts';
export { isEncoderLayout } from '../models/bert-config.ts';
export { isEncoder, type ModelConfig };

export interface ModelOnDisk {
  /** The model folder: of a run folder its best checkpoint, or else its last. */
  readonly path: string;
  /** Of an adapter: the folder of the model that it is added to. */
  readonly base: string | undefined;
  readonly config: ModelConfig;
  readonly parameters: number;
}

/**
 * What a model folder or run folder holds; the weights are not read, but they are there and have the shapes that
 * config.json says. Throws `usage` if there is no such folder, `checkpoint`.
 */
export function readModel(folder: string): ModelOnDisk {
  const { path, config: json, tensors } = readModelFolder(modelFolder(folder));
  try {
    const config = modelFromHuggingFace(json, `${path}/config.json`, tensors.names);
    openParameters(config, tensors);
    return { path, base: baseOf(path), config, parameters: countParameters(config) };
  } finally {
    tensors.close();
  }
}
