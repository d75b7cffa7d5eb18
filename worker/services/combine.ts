/** Several adapters as one. */
import { resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { combineAdapters, type WeightedAdapter } from '../checkpoints/combine.ts';
import {
  baseChain,
  basePathOf,
  isAdapterFolder,
  openAdapter,
  writeAdapterFolder,
} from '../checkpoints/peft.ts';
import { completeFolder } from '../checkpoints/replace.ts';
import { modelFolder } from '../models/model-folder.ts';
import type { CombineRequest, CombineResult } from '../protocol/combine.ts';
import { requireFree } from './free-folder.ts';
import { hashOf } from './training-adapter.ts';

/**
 * Writes the adapter that adds the weighted sum of what others add to their base. Throws `usage` if one is no adapter, they do
 * not belong together, or something is there already (with `force`: something other than an adapter), `checkpoint`, `disk`, `cancelled`.
 */
export async function combine(
  { parts, out, force = false }: CombineRequest,
  signal?: AbortSignal,
): Promise<CombineResult> {
  const opened: WeightedAdapter[] = [];
  try {
    for (const { adapter, weight } of parts) opened.push({ adapter: openPart(adapter), weight });
    const { config, tensors } = combineAdapters(opened);
    const first = opened[0]!.adapter;
    const folder = resolve(out);
    const base = basePathOf(first);
    requireFree(
      folder,
      opened.flatMap(({ adapter }) => baseChain(adapter.path)),
      force,
    );
    writeAdapterFolder(folder, {
      config,
      tensors,
      baseHash: first.baseHash ?? (await hashOf(base, signal)),
      files: {},
    });
    return { folder, base, rank: Number(config.r), layers: tensors.size / 2 };
  } finally {
    for (const { adapter } of opened) adapter.file.close();
  }
}

function openPart(named: string): WeightedAdapter['adapter'] {
  const folder = modelFolder(named);
  if (isAdapterFolder(folder)) return openAdapter(completeFolder(folder));
  throw new ClozeError('usage', `${folder} is no adapter`, {
    hint: 'give the folder that holds adapter_config.json, or that of a run that trained one',
    details: { folder },
  });
}
