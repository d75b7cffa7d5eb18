/** The program that computes a loss and leaves its gradients on the device. */
import { gradients } from '../graph/autodiff.ts';
import { add, mul } from '../graph/ops/index.ts';
import type { Node, Tensor } from '../graph/tensor.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { LossSource } from './objective.ts';

export const gradientName = (parameter: string): string => `gradient/${parameter}`;

export interface GradientSettings {
  /** Adds to what is there, times the feed `carry` (0 starts over), for gradient accumulation. */
  readonly accumulate: boolean;
  /** Recomputes each layer's activations in the backward pass. */
  readonly recompute: boolean;
}

/** A layer of the stack is a segment: `h.3/attn`, `layers.3` and `encoder/layer.3` belong to layer 3. */
export function layerOf({ scope }: Node): string | undefined {
  return /(?:^|\/)(?:h|layers|layer)\.\d+/.exec(scope)?.[0];
}

/**
 * Gradients of the parameters that are trained. Feeds: those of the loss, and as needed dropoutKey and carry. Output: loss. A parameter that the loss does not
 * depend on has a gradient of zero.
 */
export async function compileGradients(
  device: Device,
  state: DeviceState,
  source: LossSource,
  length: number,
  { accumulate, recompute }: GradientSettings,
): Promise<Program> {
  const { graph, loss } = source.lossGraph(length, true);
  const parameters = [...graph.states].filter(([name]) => source.trained.has(name));
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
  return device.compile({ name: `gradients-${length}`, outputs: { loss }, updates }, state);
}
