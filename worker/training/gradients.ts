/** The program that computes a loss and leaves its gradients on the device. */
import { gradients } from '../graph/autodiff.ts';
import { add, mul } from '../graph/ops/index.ts';
import type { Node, Tensor } from '../graph/tensor.ts';
import type { GptConfig } from '../models/config.ts';
import { sequenceModel, tokenLoss } from '../models/sequence.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';

export const gradientName = (parameter: string): string => `gradient/${parameter}`;

export interface GradientSettings {
  readonly batch: number;
  readonly length: number;
  /** Adds to what is there, times the feed `carry` (0 starts over), for gradient accumulation. */
  readonly accumulate: boolean;
  /** Recomputes each layer's activations in the backward pass. */
  readonly recompute: boolean;
}

/** A layer of the stack is a segment: `h.3/attn` and `layers.3` belong to layer 3. */
export function layerOf({ scope }: Node): string | undefined {
  return /^(?:h|layers)\.\d+/.exec(scope)?.[0];
}

/** Feeds: ids, targets, and as needed dropoutKey and carry. Output: loss. */
export async function compileGradients(
  device: Device,
  state: DeviceState,
  config: GptConfig,
  { batch, length, accumulate, recompute }: GradientSettings,
): Promise<Program> {
  const model = sequenceModel(config, batch, length, true);
  const { graph } = model;
  const { loss } = tokenLoss(model);
  const parameters = [...graph.states];
  const found = gradients(
    loss,
    parameters.map(([, tensor]) => tensor),
    recompute ? { recompute: layerOf } : {},
  );
  const updates = new Map<string, Tensor>();
  const carry = accumulate ? graph.feed('carry', 'float32', []) : undefined;
  for (const [i, [name]] of parameters.entries()) {
    const gradient = found[i]!;
    const before = (): Tensor => graph.state(gradientName(name), 'float32', gradient.shape);
    updates.set(gradientName(name), carry === undefined ? gradient : add(mul(before(), carry), gradient));
  }
  return device.compile({ name: 'gradients', outputs: { loss }, updates }, state);
}
