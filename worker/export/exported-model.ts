import type { Json } from '../checkpoints/folder.ts';
import type { ModelConfig } from '../models/config.ts';
import type { StoredParameters } from '../models/weights.ts';

/** A model as it is written for other programs; an adapter is in it already. */
export interface ExportedModel {
  readonly config: ModelConfig;
  /** Its config.json, and generation_config.json where it has one. */
  readonly json: Json;
  readonly generationConfig?: Json | undefined;
  readonly parameters: StoredParameters;
  /** The tokenizer's files by name. */
  readonly tokenizerFiles: Readonly<Record<string, Uint8Array>>;
}
