/** A run's checkpoints: Hugging Face folders that also hold what it takes to go on training. */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { copyFileSynced, linkOrCopy, readJson } from '../base/files.ts';
import type { FileContent } from '../checkpoints/content.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { completeFolder, hasReplaceable, replaceFolder } from '../checkpoints/replace.ts';
import {
  floatTensor,
  SafetensorsFile,
  type TensorData,
  writeSafetensors,
} from '../checkpoints/safetensors.ts';
import { sizeOf } from '../graph/tensor.ts';
import { type AdapterOrigin, loadAdapter, saveAdapter } from '../models/adapter-folder.ts';
import type { SpecialIds } from '../models/huggingface.ts';
import { loadWeights, saveModel } from '../models/load.ts';
import { trainedShapes, type TrainedModel } from '../models/lora.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { requireFinite } from './diverged.ts';
import type { CheckpointNames } from './loop.ts';
import {
  type Progress,
  TRAINER_FILE,
  TRAINER_VERSION,
  type TrainerFile,
  TrainerFileSchema,
} from './progress.ts';
import { momentNames } from './update.ts';

export const OPTIMIZER_FILE = 'optimizer.safetensors';
const LAST = 'last';
const BEST = 'best';
const numberedName = (step: number): string => `step-${step}`;

/** What makes a checkpoint a whole folder of a model, or of an adapter, beside the weights. */
export interface CheckpointContent extends TrainedModel {
  /** Of the adapter, where one is trained. */
  readonly origin?: AdapterOrigin | undefined;
  readonly tokenizer: Tokenizer;
  readonly specialIds: SpecialIds;
  /** The tokenizer's files by name. */
  readonly tokenizerFiles: Readonly<Record<string, FileContent>>;
}

/** The checkpoints of one run. */
export class Checkpoints {
  readonly #folder: string;
  readonly #content: CheckpointContent;
  readonly #keep: number;

  /** Keeps the `keep` newest of those with a number. */
  constructor(folder: string, content: CheckpointContent, keep: number) {
    this.#folder = folder;
    this.#content = content;
    this.#keep = keep;
  }

  get lastPath(): string {
    return join(this.#folder, LAST);
  }

  /** The one with the best evaluation, once there is one. */
  get bestPath(): string | undefined {
    const path = join(this.#folder, BEST);
    return hasReplaceable(path) ? path : undefined;
  }

  /** Whether there is one to go on from. */
  get hasLast(): boolean {
    return hasReplaceable(this.lastPath);
  }

  /**
   * Writes one checkpoint under all its names, 'last' at the end: until it is there, the run is where it was.
   * Throws `disk`, and `diverged` if a weight is not finite, with all checkpoints as they were.
   */
  async save(state: DeviceState, progress: Progress, names: CheckpointNames): Promise<string[]> {
    await requireFiniteWeights(state, this.#content, progress.step);
    const all = [
      ...(names.best ? [BEST] : []),
      ...(names.numbered && this.#keep > 0 ? [numberedName(progress.step)] : []),
      LAST,
    ];
    const [first, ...others] = all.map((name) => join(this.#folder, name));
    await this.#write(first!, state, progress);
    for (const other of others) copyFolder(first!, other);
    this.#dropOld();
    return all;
  }

  async #write(folder: string, state: DeviceState, progress: Progress): Promise<void> {
    const { config, adapter, origin, tokenizer, specialIds, tokenizerFiles } = this.#content;
    const moments = await readMoments(state, this.#content);
    const trainer: TrainerFile = { version: TRAINER_VERSION, progress };
    const files = {
      ...tokenizerFiles,
      [TRAINER_FILE]: `${JSON.stringify(trainer, undefined, 2)}\n`,
      [OPTIMIZER_FILE]: (path: string) => writeSafetensors(path, moments),
    };
    if (adapter === undefined) await saveModel(folder, { config, state, tokenizer, specialIds, files });
    else if (origin !== undefined) await saveAdapter(folder, { config, adapter, origin, state, files });
    else throw new ClozeError('graph', 'an adapter is saved with where it comes from');
  }

  #dropOld(): void {
    const dropped = join(this.#folder, '.dropped');
    for (const name of this.#numbered().slice(this.#keep)) {
      // renamed first, so that no half of a checkpoint is ever seen under its name
      renameSync(join(this.#folder, name), dropped);
      rmSync(dropped, { recursive: true });
    }
  }

  /** Newest first. Clears what a kill has left of a dropped one. */
  #numbered(): string[] {
    rmSync(join(this.#folder, '.dropped'), { recursive: true, force: true });
    return readdirSync(this.#folder)
      .filter((name) => /^step-\d+$/.test(name))
      .sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)));
  }
}

async function readMoments(
  state: DeviceState,
  { config, adapter }: TrainedModel,
): Promise<Map<string, TensorData>> {
  const moments = new Map<string, TensorData>();
  for (const [parameter, shape] of trainedShapes(config, adapter)) {
    for (const name of momentNames(parameter)) {
      moments.set(name, floatTensor(shape, await state.float32(name)));
    }
  }
  return moments;
}

async function requireFiniteWeights(
  state: DeviceState,
  { config, adapter }: TrainedModel,
  step: number,
): Promise<void> {
  for (const name of trainedShapes(config, adapter).keys()) {
    const what = `a weight of ${name}`;
    for (const value of await state.float32(name)) requireFinite(value, what, step);
  }
}

/** The same checkpoint under another name. Tensors are hard links where there are such: their files never change. */
function copyFolder(from: string, to: string): void {
  const entries = readdirSync(from);
  replaceFolder(
    to,
    (temporary) => {
      for (const entry of entries) copyEntry(join(from, entry), join(temporary, entry));
    },
    (entry) => entries.includes(entry) || entry.endsWith('.safetensors'),
  );
}

function copyEntry(from: string, to: string): void {
  if (from.endsWith('.safetensors')) linkOrCopy(from, to);
  else copyFileSynced(from, to);
}

/**
 * Reads a run's checkpoint into a state that has its parameters and moments already, and of an adapted model its base,
 * and tells where the run was. Throws `checkpoint`.
 */
export async function loadCheckpoint(
  folder: string,
  model: TrainedModel,
  state: DeviceState,
  device: Device,
): Promise<Progress> {
  await loadTrained(folder, model, state, device);
  const path = completeFolder(folder);
  await loadMoments(join(path, OPTIMIZER_FILE), model, state);
  return (await readJson(join(path, TRAINER_FILE), TrainerFileSchema, 'checkpoint')).progress;
}

/** Reads the parameters that training has changed. Throws `checkpoint`. */
export async function loadTrained(
  folder: string,
  { config, adapter }: TrainedModel,
  state: DeviceState,
  device: Device,
): Promise<void> {
  if (adapter !== undefined) return loadAdapter(folder, { config, adapter }, state, device);
  const { tensors } = readModelFolder(folder);
  try {
    await loadWeights(config, tensors, state, device);
  } finally {
    tensors.close();
  }
}

async function loadMoments(
  path: string,
  { config, adapter }: TrainedModel,
  state: DeviceState,
): Promise<void> {
  const file = new SafetensorsFile(path);
  try {
    for (const [parameter, shape] of trainedShapes(config, adapter)) {
      for (const name of momentNames(parameter)) {
        const data = file.readFloat32(name);
        if (data.length !== sizeOf(shape)) {
          const got = `[${file.info(name).shape.join(', ')}]`;
          throw new ClozeError('checkpoint', `${path}: ${name}: expected [${shape.join(', ')}], got ${got}`);
        }
        await state.write(name, { dtype: 'float32', shape, data });
      }
    }
  } finally {
    file.close();
  }
}
