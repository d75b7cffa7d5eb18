/** Adapter folders as PEFT writes and reads them: https://huggingface.co/docs/peft/developer_guides/checkpoint */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { checked } from '../base/checked.ts';
import { ClozeError, messageOf } from '../base/errors.ts';
import { type FileContent, jsonFile, writeFiles } from './content.ts';
import { completeFolder, hasReplaceable, readReplaceable, replaceFolder } from './replace.ts';
import { SafetensorsFile, type TensorData, writeSafetensors } from './safetensors.ts';
import type { TensorInfo } from './source.ts';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_FILE = 'adapter_model.safetensors';
const PICKLE_FILE = 'adapter_model.bin';

/** What the names of all tensors begin with. */
export const PEFT_PREFIX = 'base_model.model.';

/** In the file's metadata: the SHA-256 of the base's weights, where it is known. */
const BASE_HASH = 'base_sha256';

const PeftConfigSchema = z.looseObject({
  peft_type: z.literal('LORA', { error: 'expected "LORA": other kinds of adapters are not read' }),
  base_model_name_or_path: z.string().min(1, { error: 'expected the folder of the base model' }),
  r: z.int().positive(),
  lora_alpha: z.number(),
  lora_dropout: z.number().default(0),
  fan_in_fan_out: z.boolean().default(false),
  use_rslora: z.boolean().nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  target_parameters: z
    .array(z.string())
    .max(0, { error: 'adapters of bare parameters, such as fused experts, are not read: expected none' })
    .nullish(),
  use_dora: z.literal(false, { error: 'DoRA is not read: expected false' }).nullish(),
  lora_bias: z
    .literal(false, { error: 'biases of the low-rank layers are not read: expected false' })
    .nullish(),
  bias: z.literal('none', { error: 'expected "none": trained biases are not read' }).default('none'),
  layer_replication: z.null({ error: 'replicated layers are not read: expected null' }).optional(),
});
export type PeftConfig = z.output<typeof PeftConfigSchema>;

/** A low-rank layer as it is stored. */
export interface StoredLowRank {
  readonly rank: number;
  readonly input: number;
  readonly output: number;
  /** Factor on B A. */
  readonly scale: number;
}

/** An adapter on disk, open for reading. Close it when done. */
export interface StoredAdapter {
  /** The folder that was read. */
  readonly path: string;
  readonly config: PeftConfig;
  /** By the name of the module. */
  readonly layers: ReadonlyMap<string, StoredLowRank>;
  /** Parameters that are stored whole, by their names in the model. */
  readonly saved: ReadonlyMap<string, TensorInfo>;
  /** SHA-256 of the weights that it was trained on, where the file says so. */
  readonly baseHash: string | undefined;
  readonly file: SafetensorsFile;
}

/** Whether a folder, or what a writer between its two renames has put aside of it, holds an adapter and not a whole model. */
export function isAdapterFolder(folder: string): boolean {
  return hasReplaceable(folder) && existsSync(join(completeFolder(folder), ADAPTER_CONFIG));
}

/** The folder of an adapter's base, from the adapter's own on. */
export function basePathOf({ path, config }: Pick<StoredAdapter, 'path' | 'config'>): string {
  return resolve(path, config.base_model_name_or_path);
}

/** The folder of the base of an adapter's folder; undefined for a plain model. Throws `checkpoint`. */
export function baseOf(folder: string): string | undefined {
  if (!isAdapterFolder(folder)) return undefined;
  return basePathOf({ path: folder, config: readReplaceable(folder, readConfig, () => undefined) });
}

/** A model's folder, and if it is an adapter's, those of its bases one below the other. Throws `checkpoint` if they go round. */
export function baseChain(folder: string): string[] {
  const chain = [folder];
  for (let base = baseOf(folder); base !== undefined; base = baseOf(base)) {
    if (chain.some((known) => resolve(known) === base))
      throw unsound(chain.at(-1)!, 'the adapter is its own base', {});
    chain.push(base);
  }
  return chain;
}

function readConfig(folder: string): PeftConfig {
  const path = join(folder, ADAPTER_CONFIG);
  return checked(parsed(path), PeftConfigSchema, path, 'checkpoint');
}

/** Throws `checkpoint` if the files are not sound, or hold more than LoRA. */
export function openAdapter(folder: string): StoredAdapter {
  const config = readConfig(folder);
  requireSafetensors(folder);
  const file = new SafetensorsFile(join(folder, ADAPTER_FILE));
  try {
    const layers = new Map<string, StoredLowRank>();
    const saved = new Map<string, TensorInfo>();
    for (const stored of file.names) {
      const name = nameInModel(stored, file.path);
      const module = /^(.+)\.lora_([AB])\.weight$/.exec(name);
      if (module === null) saved.set(name, file.info(stored));
      else if (module[2] === 'A') layers.set(module[1]!, lowRank(module[1]!, config, file));
      else requireTensor(file, loraName(module[1]!, 'A'));
    }
    if (layers.size === 0) throw unsound(file.path, 'it holds no low-rank layer', {});
    return { path: folder, config, layers, saved, baseHash: file.metadata[BASE_HASH], file };
  } catch (error) {
    file.close();
    throw error;
  }
}

function requireSafetensors(folder: string): void {
  if (existsSync(join(folder, ADAPTER_FILE)) || !existsSync(join(folder, PICKLE_FILE))) return;
  throw new ClozeError(
    'checkpoint',
    `${folder}: expected ${ADAPTER_FILE}, got ${PICKLE_FILE}, a pickle: loading one can run any code, so it is not read`,
    {
      hint: 'save the adapter once more where you trust it, with safe_serialization=True',
      details: { folder },
    },
  );
}

/** The stored name of one of the two matrices of a module. */
export function loraName(module: string, matrix: 'A' | 'B'): string {
  return `${PEFT_PREFIX}${module}.lora_${matrix}.weight`;
}

/** What an adapter's folder is written from. */
export interface AdapterContent {
  /** adapter_config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** By their names in the model. */
  readonly tensors: ReadonlyMap<string, TensorData>;
  readonly baseHash: string;
  /** Further files by name. */
  readonly files: Readonly<Record<string, FileContent>>;
}

/** Writes an adapter's folder as PEFT has it, whole or not at all. Throws `disk`, `usage` as `replaceFolder`. */
export function writeAdapterFolder(folder: string, content: AdapterContent): void {
  const { config, tensors, baseHash, files } = content;
  const stored = new Map([...tensors].map(([name, tensor]) => [PEFT_PREFIX + name, tensor]));
  const all: Readonly<Record<string, FileContent>> = {
    ...files,
    [ADAPTER_CONFIG]: jsonFile(config),
    [ADAPTER_FILE]: (path) => writeSafetensors(path, stored, { format: 'pt', [BASE_HASH]: baseHash }),
  };
  replaceFolder(
    folder,
    (temporary) => writeFiles(temporary, all),
    (entry) => Object.hasOwn(all, entry) || entry === 'config.json' || entry.endsWith('.safetensors'),
  );
}

function nameInModel(stored: string, path: string): string {
  const isKnown = stored.startsWith(PEFT_PREFIX) && !/lora_(embedding|magnitude)/.test(stored);
  if (isKnown) return stored.slice(PEFT_PREFIX.length);
  throw unsound(path, `tensor ${stored} is no part of a LoRA adapter of linear layers`, { tensor: stored });
}

function lowRank(module: string, config: PeftConfig, file: SafetensorsFile): StoredLowRank {
  const [rank, input, ...more] = requireTensor(file, loraName(module, 'A')).shape;
  const [output, inner, ...rest] = requireTensor(file, loraName(module, 'B')).shape;
  const isSound = rank !== undefined && rank > 0 && rank === inner && more.length + rest.length === 0;
  if (!isSound || input === undefined || output === undefined) {
    throw unsound(file.path, `${module}: expected A [r, in] and B [out, r] of one r`, { module });
  }
  const alpha = patternFor(module, config.alpha_pattern ?? {}, file.path) ?? config.lora_alpha;
  const scale = alpha / (config.use_rslora === true ? Math.sqrt(rank) : rank);
  return { rank, input, output, scale };
}

/** As PEFT looks a module up: its name or the end of it, as a pattern. */
function patternFor(
  module: string,
  patterns: Readonly<Record<string, number>>,
  path: string,
): number | undefined {
  return Object.entries(patterns).find(([key]) => patternOf(key, path).test(module))?.[1];
}

function patternOf(key: string, path: string): RegExp {
  try {
    return new RegExp(`^(?:.*\\.)?(?:${key})$`);
  } catch (error) {
    throw unsound(path, `alpha_pattern has ${key}, which is no pattern here: ${messageOf(error)}`, { key });
  }
}

function requireTensor(file: SafetensorsFile, name: string): TensorInfo {
  if (!file.has(name))
    throw unsound(file.path, `expected tensor ${name}, which is missing`, { tensor: name });
  return file.info(name);
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ClozeError('checkpoint', `${path}: ${messageOf(error)}`, { cause: error, details: { path } });
  }
}

function unsound(path: string, message: string, details: Record<string, unknown>): ClozeError {
  return new ClozeError('checkpoint', `${path}: ${message}`, { details: { path, ...details } });
}
