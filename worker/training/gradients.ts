/** The program that computes a loss and leaves its gradients on the device. */
import { gradients } from '../graph/autodiff.ts';
import { add, mul } from '../graph/ops/index.ts';
import type { Node } from '../graph/tensor.ts';
import type { Device } from '../runtime/device.ts';
import type { Program } from '../runtime/program.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { LossSource } from './objective.ts';
import { computable, inPrecision, isScaled } from './precision.ts';
import type { ComputePrecision } from './precision-name.ts';

export const gradientName = (parameter: string): string => `gradient/${parameter}`;

export interface GradientSettings {
  /** Adds to what is there, times the feed `carry` (0 starts over), for gradient accumulation. */
  readonly accumulate: boolean;
  /** Recomputes each layer's activations in the backward pass. */
  readonly recompute: boolean;
  readonly precision: ComputePrecision;
}

/** A layer of the stack is a segment: `h.3/attn`, `layers.3` and `encoder/layer.3` belong to layer 3. */
function layerOf({ scope }: Node): string | undefined {
  return /(?:^|\/)(?:h|layers|layer)\.\d+/.exec(scope)?.[0];
}

/**
 * Gradients of the parameters that are trained. Feeds: those of the loss, and as needed dropoutKey, carry and lossScale.
 * Output: loss. A parameter that the loss does not depend on has a gradient of zero.
 */
export async function compileGradients(
  device: Device,
  state: DeviceState,
  source: LossSource,
  length: number,
  { accumulate, recompute, precision }: GradientSettings,
): Promise<Program> {
  const { graph, loss: exact } = source.lossGraph(length, true);
  const loss = inPrecision(exact, precision);
  const parameters = [...graph.states].filter(([name]) => source.trained.has(name));
  const found = gradients(
    isScaled(precision) ? mul(loss, graph.feed('lossScale', 'float32', [])) : loss,
    parameters.map(([, tensor]) => tensor),
    recompute ? { recompute: layerOf } : {},
  );
  const carry = accumulate ? graph.feed('carry', 'float32', []) : undefined;
  const sums = parameters.map(([name], i) => {
    const gradient = found[i]!;
    if (carry === undefined) return gradient;
    return add(mul(graph.state(gradientName(name), 'float32', gradient.shape), carry), gradient);
  });
  const [result, ...stored] = computable([loss, ...sums], precision);
  const updates = new Map(parameters.map(([name], i) => [gradientName(name), stored[i]!]));
  return device.compile({ name: `gradients-${length}`, outputs: { loss: result! }, updates }, state);
}
