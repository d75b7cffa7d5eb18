import { ClozeError } from '../base/errors.ts';
import { autocast } from '../graph/autocast.ts';
import { emulated } from '../graph/emulate.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Device } from '../runtime/device.ts';
import type { ComputePrecision, Precision } from './precision-name.ts';

const FLOAT32: ComputePrecision = { type: 'float32', emulated: false };

/** How a device computes in a precision. Throws `provider` if it can neither compute in it nor round to it. */
export async function precisionOn(device: Device, type: Precision): Promise<ComputePrecision> {
  if (type === 'float32') return FLOAT32;
  const support = await device.supportOf(type);
  if (support !== 'none') return { type, emulated: support === 'emulated' };
  throw new ClozeError('provider', `${device.provider} can not compute in ${type} on this machine`, {
    hint: 'choose training.precision=float32, or the provider cpu, which emulates it; `cloze device` says who can what',
    details: { provider: device.provider, precision: type },
  });
}

/** Whether gradients are of the loss times the feed `lossScale` (loss-scale.ts). */
export function isScaled({ type }: ComputePrecision): boolean {
  return type === 'float16';
}

/** A loss with its products in the precision; what is differentiated. */
export function inPrecision(loss: Tensor, { type }: ComputePrecision): Tensor {
  return type === 'float32' ? loss : autocast(loss, type);
}

/** What a program gives out, as its device can compute it: the last pass over a graph. */
export function computable(outputs: readonly Tensor[], precision: ComputePrecision): readonly Tensor[] {
  return precision.emulated ? emulated(outputs) : outputs;
}
