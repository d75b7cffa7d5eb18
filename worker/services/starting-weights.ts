/** What a run begins with. */
import { ClozeError } from '../base/errors.ts';
import { readModelFolder } from '../checkpoints/folder.ts';
import { hasReplaceable } from '../checkpoints/replace.ts';
import { folderVersion } from '../checkpoints/version.ts';
import { knownHash } from '../checkpoints/weights-hash.ts';
import { initialWeights, type NamedWeights } from '../models/initialise.ts';
import { initialAdapter } from '../models/lora.ts';
import { startFrom } from '../models/weights.ts';
import type { RunRecord } from '../training/record.ts';
import { recordedAdapter } from './training-adapter.ts';
import { storedConfigOf } from './training-model.ts';

/** Values of every parameter at the start of training. Throws `checkpoint`, also if the base of an adapter has changed. */
export function* startingWeights(model: RunRecord['model'], seed: number): Generator<NamedWeights> {
  const { from, pretrained, config, lora } = model;
  if (!pretrained) {
    yield* initialWeights(config, seed);
    return;
  }
  if (!hasReplaceable(from)) {
    throw new ClozeError('checkpoint', `the model ${from} that the run begins with is not there`, {
      hint: lora === undefined ? 'put it back' : 'put it back: an adapter is nothing without its base',
      details: { from },
    });
  }
  const version = folderVersion(from);
  const opened = readModelFolder(from);
  const { tensors } = opened;
  try {
    if (lora !== undefined) requireSameWeights(from, knownHash(from, tensors, version), lora.baseHash);
    yield* startFrom(config, storedConfigOf(opened), tensors).weights(seed);
    const adapter = recordedAdapter(model);
    if (adapter !== undefined && lora !== undefined) yield* initialAdapter(adapter, lora.settings.init, seed);
  } finally {
    tensors.close();
  }
}

/** An adapter means nothing over other weights. */
function requireSameWeights(from: string, got: string, expected: string): void {
  if (got === expected) return;
  throw new ClozeError('checkpoint', `the weights of ${from} are not those that the adapter began with`, {
    hint: 'put the base model back as it was, or start a new run',
    details: { from, expected, got },
  });
}
