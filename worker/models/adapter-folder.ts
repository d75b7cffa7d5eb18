/** Adapters in folders that PEFT reads, too. */
import { ClozeError } from '../base/errors.ts';
import { readReplaceable } from '../checkpoints/replace.ts';
import { type FileContent, jsonFile } from '../checkpoints/content.ts';
import { openAdapter, PEFT_PREFIX, type StoredAdapter, writeAdapterFolder } from '../checkpoints/peft.ts';
import { floatTensor } from '../checkpoints/safetensors.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { EncoderHead } from './bert-config.ts';
import { MLM_NAMES, NSP_NAME } from './bert-layout.ts';
import { isEncoder, type ModelConfig } from './config.ts';
import { toHuggingFace } from './huggingface.ts';
import { isInOut, linearLayers } from './layout.ts';
import { putWeight } from './load.ts';
import { type Adapter, adapterWeights, type LoraSettings, trainedShapes } from './lora.ts';

/** Where an adapter comes from. */
export interface AdapterOrigin {
  readonly settings: LoraSettings;
  /** The base model's folder. */
  readonly basePath: string;
  /** SHA-256 of its weights (`weightsHash`). */
  readonly baseHash: string;
}

export interface AdapterToSave {
  readonly config: ModelConfig;
  readonly adapter: Adapter;
  readonly origin: AdapterOrigin;
  readonly state: DeviceState;
  /** Further files by name. */
  readonly files: Readonly<Record<string, FileContent>>;
}

/** Writes an adapter, whole or not at all; with a head of its own, config.json tells of that. Throws `disk`. */
export async function saveAdapter(
  folder: string,
  { config, adapter, origin, state, files }: AdapterToSave,
): Promise<void> {
  const tensors = new Map<string, ReturnType<typeof floatTensor>>();
  for (const [name, shape] of trainedShapes(config, adapter)) {
    tensors.set(name, floatTensor(shape, await state.float32(name)));
  }
  const head: Record<string, FileContent> =
    adapter.saved.length === 0 ? {} : { 'config.json': jsonFile(toHuggingFace(config)) };
  writeAdapterFolder(folder, {
    config: peftConfig(config, adapter, origin),
    tensors,
    baseHash: origin.baseHash,
    files: { ...files, ...head },
  });
}

/** Puts an adapter's values into a state that holds its base. Throws `checkpoint` if it is another adapter. */
export async function loadAdapter(
  folder: string,
  { config, adapter }: { readonly config: ModelConfig; readonly adapter: Adapter },
  state: DeviceState,
  device: Device,
): Promise<void> {
  const stored = readReplaceable(folder, openAdapter, ({ file }) => file.close());
  try {
    requireShapes(stored, trainedShapes(config, adapter));
    for (const weight of adapterWeights(stored)) await putWeight(weight, state, device);
  } finally {
    stored.file.close();
  }
}

/** Throws `checkpoint` unless the file holds just these tensors. */
function requireShapes({ file, path }: StoredAdapter, shapes: ReadonlyMap<string, readonly number[]>): void {
  const expected = new Map([...shapes].map(([name, shape]) => [PEFT_PREFIX + name, shape.join()]));
  const names = new Set([...expected.keys(), ...file.names]);
  const wrong = [...names].find(
    (name) => !file.has(name) || file.info(name).shape.join() !== expected.get(name),
  );
  if (wrong === undefined) return;
  throw new ClozeError('checkpoint', `${path}: tensor ${wrong} is not as the adapter of this run has it`, {
    hint: 'put the run folder back as it was',
    details: { path, tensor: wrong, expected: expected.get(wrong) },
  });
}

/** adapter_config.json as PEFT writes it. */
function peftConfig(
  config: ModelConfig,
  adapter: Adapter,
  { settings, basePath }: AdapterOrigin,
): Record<string, unknown> {
  const { rank, alpha, dropout, scaling, init } = settings;
  return {
    peft_type: 'LORA',
    task_type: taskType(config),
    base_model_name_or_path: basePath,
    revision: null,
    inference_mode: true,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    use_rslora: scaling === 'rslora',
    use_dora: false,
    init_lora_weights: init === 'gaussian' ? 'gaussian' : true,
    target_modules: targetNames(config, adapter),
    modules_to_save: adapter.saved.length === 0 ? null : modulesToSave(config, adapter),
    fan_in_fan_out: isInOut(config.layout),
    bias: 'none',
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
  };
}

/**
 * The modules that PEFT keeps whole. The head for masked tokens has the token embedding in it, under a second name, which is
 * not stored: the parts beside it are named instead. Its bias is a parameter that PEFT loads without being told.
 */
export function modulesToSave(config: ModelConfig, { saved }: Pick<Adapter, 'saved'>): string[] {
  if (!isEncoder(config)) return [...saved];
  const { dense, norm, bias } = MLM_NAMES[config.layout];
  const parts = [dense, norm, ...(config.head === 'mlm+nsp' ? [NSP_NAME] : [])];
  return saved.flatMap((module) =>
    bias.startsWith(`${module}.`) ? parts.filter((part) => part.startsWith(`${module}.`)) : [module],
  );
}

/** PEFT's names of what an encoder does; masked tokens have none. */
const TASK_TYPES: Readonly<Partial<Record<EncoderHead, string>>> = {
  classify: 'SEQ_CLS',
  tag: 'TOKEN_CLS',
  answer: 'QUESTION_ANS',
};

function taskType(config: ModelConfig): string | null {
  if (!isEncoder(config)) return 'CAUSAL_LM';
  return TASK_TYPES[config.head] ?? null;
}

/** The ends of the modules' names where these name no other module, else the names. */
function targetNames(config: ModelConfig, { layers }: Adapter): string[] {
  const endOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const ends = new Set([...layers.keys()].map(endOf));
  const meant = [...linearLayers(config).keys()].filter((name) => ends.has(endOf(name)));
  return meant.length === layers.size ? [...ends] : [...layers.keys()];
}
