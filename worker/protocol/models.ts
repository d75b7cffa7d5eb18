/** Models by preset and by folder, for those who list them. */
import { readModelFolder } from '../checkpoints/folder.ts';
import type { GptConfig } from '../models/config.ts';
import { fromHuggingFace } from '../models/huggingface.ts';
import { countParameters } from '../models/layout.ts';
import { modelFolder } from '../models/model-folder.ts';
import { openParameters } from '../models/weights.ts';

export { modelFolder, modelVersion } from '../models/model-folder.ts';
export { countParameters } from '../models/layout.ts';
export { isPresetName, type PresetName, PRESETS } from '../models/presets.ts';
export type { GptConfig };

export interface ModelOnDisk {
  /** The model folder: of a run folder its best checkpoint, or else its last. */
  readonly path: string;
  readonly config: GptConfig;
  readonly parameters: number;
}

/**
 * What a model folder or run folder holds; the weights are not read, but they are there and have the shapes that
 * config.json says. Throws `usage` if there is no such folder, `checkpoint`.
 */
export function readModel(folder: string): ModelOnDisk {
  const { path, config: json, tensors } = readModelFolder(modelFolder(folder));
  try {
    const config = fromHuggingFace(json, `${path}/config.json`);
    openParameters(config, tensors);
    return { path, config, parameters: countParameters(config) };
  } finally {
    tensors.close();
  }
}
