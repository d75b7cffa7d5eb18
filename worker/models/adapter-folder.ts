/** Adapters in folders that PEFT reads, too. */
import { readReplaceable } from '../checkpoints/replace.ts';
import { type FileContent, jsonFile } from '../checkpoints/content.ts';
import { openAdapter, writeAdapterFolder } from '../checkpoints/peft.ts';
import { floatTensor } from '../checkpoints/safetensors.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { isEncoder, type ModelConfig } from './config.ts';
import { toHuggingFace } from './huggingface.ts';
import { isInOut } from './layout.ts';
import { putWeight } from './load.ts';
import { type Adapter, adapterWeights, linearLayers, type LoraSettings, trainedShapes } from './lora.ts';

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
    const data = state.view(name) ?? (await state.read(name)).data;
    tensors.set(name, floatTensor(shape, data as Float32Array));
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

/** Puts an adapter's values into a state that holds its base. Throws `checkpoint` if it is of another shape. */
export async function loadAdapter(folder: string, state: DeviceState, device: Device): Promise<void> {
  const stored = readReplaceable(folder, openAdapter, ({ file }) => file.close());
  try {
    for (const weight of adapterWeights(stored)) await putWeight(weight, state, device);
  } finally {
    stored.file.close();
  }
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
    modules_to_save: adapter.saved.length === 0 ? null : adapter.saved,
    fan_in_fan_out: isInOut(config.layout),
    bias: 'none',
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
  };
}

function taskType(config: ModelConfig): string | null {
  if (!isEncoder(config)) return 'CAUSAL_LM';
  const types = { classify: 'SEQ_CLS', tag: 'TOKEN_CLS', answer: 'QUESTION_ANS' } as const;
  return config.head in types ? types[config.head as keyof typeof types] : null;
}

/** The ends of the modules' names where these name no other module, else the names. */
function targetNames(config: ModelConfig, { layers, saved }: Adapter): string[] {
  const endOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const ends = new Set([...layers.keys()].map(endOf));
  const meant = [...linearLayers(config, saved).keys()].filter((name) => ends.has(endOf(name)));
  return meant.length === layers.size ? [...ends] : [...layers.keys()];
}
