import type { SettingValues } from './train.ts';

/** A module of a model with the parameters in it, those of its children included. */
export interface ModuleInfo {
  readonly name: string;
  readonly parameters: number;
  readonly children: readonly ModuleInfo[];
}

/** Bytes by what they hold. */
export interface MemoryInfo {
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  readonly logits: number;
  readonly kvCache: number;
  readonly total: number;
}

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
  readonly modules: ModuleInfo;
  readonly batch: number;
  readonly context: number;
  readonly memory: { readonly training: MemoryInfo; readonly inference: MemoryInfo };
}
