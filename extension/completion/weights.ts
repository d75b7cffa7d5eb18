import type { WeightPrecision } from '../../worker/protocol/generation.ts';
import { readSetting } from '../platform/settings.ts';

/** What the weights of the model that completes are to be held in; undefined: as is usual for it. The same for every request. */
export function weightsSetting(): WeightPrecision | undefined {
  const weights = readSetting('completion.weights');
  return weights === 'auto' ? undefined : weights;
}
