/** The adapter that a run trains in the place of its model. */
import { checked } from '../base/checked.ts';
import { ClozeError } from '../base/errors.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { baseChain } from '../checkpoints/peft.ts';
import { folderVersion } from '../checkpoints/version.ts';
import { knownHashInTurns } from '../checkpoints/weights-hash.ts';
import type { AdapterOrigin } from '../models/adapter-folder.ts';
import type { ModelConfig } from '../models/config.ts';
import { parameterShapes } from '../models/layout.ts';
import { type Adapter, type LoraSettings, LoraSettingsSchema, newAdapter } from '../models/lora.ts';
import { startFrom } from '../models/weights.ts';
import type { SettingValues } from '../protocol/train.ts';
import type { RunRecord } from '../training/record.ts';
import { storedConfigOf, type TrainingModel } from './training-model.ts';

/** Heads of classes and of spans: they are trained whole even where the base has them. */
const OWN_HEADS = /^(classifier|qa_outputs)(\.|$)/;

/** What a new adapter is made from, as settings give it. Throws `usage` for a model without weights, `config`. */
export function loraSettings(
  { from, pretrained, config }: TrainingModel,
  values: SettingValues['lora'],
): LoraSettings | undefined {
  if (values === undefined) return undefined;
  if (!pretrained) {
    throw new ClozeError('usage', `${from} has no weights yet that an adapter could be added to`, {
      hint: 'take a model folder or a run folder, or train without lora',
    });
  }
  const settings = checked(values, LoraSettingsSchema, 'lora');
  newAdapter(config, settings); // what does not fit is better known before the data is read
  return settings;
}

/**
 * A new adapter of the model that a run begins with; modules that this has not are trained whole. Undefined where the
 * model itself is trained. Throws `config`, `checkpoint`.
 */
export function adapterFor(
  model: TrainingModel,
  lora: LoraSettings | undefined,
  config: ModelConfig,
): Adapter | undefined {
  if (lora === undefined) return undefined;
  const opened = readModelFolder(model.from);
  try {
    const { initialised } = startFrom(config, storedConfigOf(opened), opened.tensors);
    const heads = [...parameterShapes(config).keys()].filter((name) => OWN_HEADS.test(name));
    const saved = [...initialised, ...heads].map((name) => outermost(name, config));
    return newAdapter(config, lora, [...new Set(saved)]);
  } finally {
    opened.tensors.close();
  }
}

/** The head that a parameter belongs to: PEFT wraps a module with all that is in it. */
function outermost(name: string, { layout }: ModelConfig): string {
  const parts = name.split('.');
  return parts.slice(0, parts[0] === layout ? 2 : 1).join('.');
}

/** The adapter of a run. */
export function recordedAdapter({ config, lora }: RunRecord['model']): Adapter | undefined {
  return lora && newAdapter(config, lora.settings, lora.saved);
}

/** What run.json says of an adapter that is to be trained. Throws `checkpoint`, `cancelled`. */
export async function adapterRecord(
  { from }: TrainingModel,
  settings: LoraSettings | undefined,
  adapter: Adapter | undefined,
  signal?: AbortSignal,
): Promise<RunRecord['model']['lora']> {
  if (settings === undefined || adapter === undefined) return undefined;
  // the layers by their names: what is usual for a family may be another one day
  const targets = [...adapter.layers.keys()];
  return {
    settings: { ...settings, targets },
    saved: [...adapter.saved],
    baseHash: await hashOf(from, signal),
  };
}

/**
 * The hash of a model's weights. It is known from then on, and so are those of its bases, if it is an adapter: reading them
 * does not keep anyone waiting. Throws `checkpoint`, `cancelled`.
 */
export async function hashOf(folder: string, signal?: AbortSignal): Promise<string> {
  let hash = '';
  for (const each of baseChain(folder).reverse()) {
    const version = folderVersion(each);
    const { tensors } = readModelFolder(each);
    try {
      hash = await knownHashInTurns(each, tensors, version, signal);
    } finally {
      tensors.close();
    }
  }
  return hash;
}

/** Where the adapter of a run comes from. */
export function originOf({ from, lora }: RunRecord['model']): AdapterOrigin | undefined {
  return lora && { settings: lora.settings, basePath: from, baseHash: lora.baseHash };
}
