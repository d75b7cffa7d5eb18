import type { ModuleParameters } from '../models/layout.ts';
import type { MemoryEstimate } from '../models/memory.ts';
import type { SettingValues } from './train.ts';

export type { MemoryEstimate, ModuleParameters };

export interface InfoRequest {
  /** A preset's name, a model folder, or a run folder: then its best checkpoint. */
  readonly model: string;
  /** Model fields to change first. */
  readonly settings?: SettingValues | undefined;
  /** B of the training estimate; inference is estimated for one sequence. Default 1. */
  readonly batch?: number | undefined;
  /** T of both estimates; default the model's context. */
  readonly context?: number | undefined;
}

export interface ModelInfo {
  readonly model: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  readonly modules: ModuleParameters;
  readonly batch: number;
  readonly context: number;
  readonly memory: { readonly training: MemoryEstimate; readonly inference: MemoryEstimate };
}
