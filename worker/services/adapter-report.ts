/** What an adapter changes in its base. */
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ClozeError, throwIfCancelled } from '../base/errors.ts';
import type { Adapted } from '../checkpoints/adapted-folder.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { nameIn } from '../checkpoints/merged.ts';
import { basePathOf, loraName, type StoredAdapter, type StoredLowRank } from '../checkpoints/peft.ts';
import { lastCheckpoint } from '../inspect/last-checkpoint.ts';
import { frobenius, singularValues } from '../inspect/low-rank.ts';
import type { ModelConfig } from '../models/config.ts';
import { modelFromHuggingFace } from '../models/huggingface.ts';
import { countParameters, sizeOfAll } from '../models/layout.ts';
import { adapterOf, trainedShapes } from '../models/lora.ts';
import { estimateMemory, type MemoryUse } from '../models/memory.ts';
import type { AdaptedLayer, AdapterReport, AdapterRequest } from '../protocol/adapter.ts';
import { runOf } from './learned-order.ts';
import { modelName, trainedSteps } from './model-name.ts';
import { recordedAdapter } from './training-adapter.ts';

/**
 * The event loop gets a turn between two layers. Throws `usage` for a model that is no adapter, `checkpoint` for one whose
 * base is not there or not the one that it was trained on, `cancelled`.
 */
export async function describeAdapter(
  { model }: AdapterRequest,
  signal?: AbortSignal,
): Promise<AdapterReport> {
  const folder = resolve(lastCheckpoint(model));
  const { config: json, tensors, adapted } = readModelFolder(folder);
  try {
    if (adapted === undefined) throw noAdapter(model, folder);
    adapted.requireBase();
    const { adapter: stored } = adapted;
    const config = modelFromHuggingFace(json, `${folder}/config.json`, tensors.names);
    const adapter = adapterOf(stored);
    const base = basePathOf(stored);
    return {
      folder,
      name: modelName(folder),
      base,
      baseName: modelName(base),
      ...(await trainedSteps(folder)),
      parameters: countParameters(config),
      trainable: sizeOfAll(trainedShapes(config, adapter)),
      saved: [...adapter.saved],
      layers: await layersOf(adapted, signal),
      memory: await memoryOf(folder, config, adapter),
    };
  } finally {
    tensors.close();
  }
}

function noAdapter(model: string, folder: string): ClozeError {
  return new ClozeError('usage', `${model} is no adapter, but a whole model`, {
    hint: 'give the folder of an adapter, or of a run that trained one: cloze train --lora',
    details: { folder },
  });
}

async function layersOf(
  { adapter, base: { tensors } }: Adapted,
  signal: AbortSignal | undefined,
): Promise<AdaptedLayer[]> {
  const layers: AdaptedLayer[] = [];
  for (const [module, low] of adapter.layers) {
    await setImmediate();
    throwIfCancelled(signal);
    const weight = tensors.readFloat32(nameIn(tensors, `${module}.weight`));
    layers.push(describeLayer(module, low, adapter, weight));
  }
  return layers.sort((a, b) => a.layer - b.layer);
}

function describeLayer(
  module: string,
  low: StoredLowRank,
  { file }: StoredAdapter,
  weight: Float32Array,
): AdaptedLayer {
  const [a, b] = [file.readFloat32(loraName(module, 'A')), file.readFloat32(loraName(module, 'B'))];
  const values = singularValues(b, a, low).map((value) => Math.abs(low.scale) * value);
  return {
    module,
    ...placeOf(module),
    rank: low.rank,
    scale: low.scale,
    norm: frobenius(values),
    baseNorm: frobenius(weight),
    singularValues: values,
  };
}

/** `transformer.h.3.attn.c_attn`: `attn.c_attn` of layer 3. */
function placeOf(module: string): { layer: number; target: string } {
  const [, layer = '0', target = module] = /\.(\d+)\.(.+)$/.exec(module) ?? [];
  return { layer: Number(layer), target };
}

/** A step as the adapter's run takes it, or one of a single sequence. */
async function memoryOf(
  folder: string,
  config: ModelConfig,
  adapter: ReturnType<typeof adapterOf>,
): Promise<AdapterReport['memory']> {
  const record = await runOf(folder)?.readRecord();
  const training = record?.training;
  const { batch, context } = training ?? { batch: 1, context: config.context };
  const use: MemoryUse = { mode: 'training', ...training, batch, context };
  return {
    batch,
    context,
    full: estimateMemory(config, use).total,
    // the run says what its base is held in
    adapter: estimateMemory(config, { ...use, adapter: (record && recordedAdapter(record.model)) ?? adapter })
      .total,
  };
}
