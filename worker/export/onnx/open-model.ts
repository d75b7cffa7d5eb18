import { type OpenSizes, openNumbers } from '../../graph/open-sizes.ts';
import { toOnnx } from '../../graph/onnx.ts';
import { STANDARD, type Graph, type Tensor } from '../../graph/tensor.ts';

/** A model whose batch and lengths are left open: its outputs under the names that Optimum gives them. */
export interface OpenModel {
  readonly graph: Graph;
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly open: OpenSizes;
}

/** The sizes that models leave open, as numbers of a graph. */
export interface OpenAxes {
  /** B. */
  readonly batch: number;
  /** T, new tokens. */
  readonly length: number;
  /** P, tokens of which there are keys and values already. */
  readonly past: number;
  /** S = P + T. */
  readonly total: number;
  readonly names: OpenSizes;
}

/** Open sizes beside those of a model's parameters. */
export function openAxes(shapes: ReadonlyMap<string, readonly number[]>): OpenAxes {
  const [batch, length, past] = openNumbers(3, [...shapes.values()].flat()) as [number, number, number];
  const total = past + length;
  const names = new Map([
    [batch, 'batch_size'],
    [length, 'sequence_length'],
    [past, 'past_sequence_length'],
    [total, 'total_sequence_length'],
  ]);
  return { batch, length, past, total, names };
}

/** Serialises a model in operators of the ONNX standard; its parameters are external, each at the path of its name. */
export function openModelBytes({ graph, outputs, open }: OpenModel): Uint8Array {
  const frozen = new Map([...graph.states.keys()].map((name) => [name, { location: name, offset: 0 }]));
  return toOnnx({ provider: STANDARD, outputs, frozen, open }).bytes;
}
