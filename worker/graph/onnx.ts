/** Writes a graph as an ONNX model. */
import { checkGraph, liveNodes } from './live.ts';
import { type ExternalPlace, modelBytes, nodeProto, valueInfo } from './onnx-messages.ts';
import { OnnxWriter } from './onnx-writer.ts';
import type { OpenSizes } from './open-sizes.ts';
import { type DType, input, type InputParams, type Node, type Tensor } from './tensor.ts';

export interface OnnxOptions {
  readonly provider: string;
  /** Fetched values by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** States that the program only reads and whose values will not change, by name: written as external initializers. */
  readonly frozen?: ReadonlyMap<string, ExternalPlace>;
  /** Name of a first output that is a sequence; see runtime/session.ts. */
  readonly sentinel?: string | undefined;
  /** Sizes that the model leaves open; each is the size of some feed. */
  readonly open?: OpenSizes | undefined;
}

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Inputs that the graph reads, by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** Serialises what `outputs` need, opset 20. */
export function toOnnx(options: OnnxOptions): OnnxModel {
  const first = options.outputs.values().next().value!;
  const nodes = liveNodes(first.graph, options.outputs.values());
  checkGraph(nodes);
  const writer = new OnnxWriter(options.provider, first.graph.feeds, options.open);
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Tensor>();
  for (const node of nodes) {
    if (node.op.name === input.name) inputs.set((node.params as InputParams).name, node.outputs[0]!);
    const outputNames = lowerNode(writer, node, names);
    node.outputs.forEach((t, i) => names.set(t, outputNames[i]!));
  }
  if (options.sentinel !== undefined) writer.sequence(options.sentinel);
  for (const [name, tensor] of options.outputs) writer.output(name, tensor, names.get(tensor)!);
  for (const [name, tensor] of inputs) {
    const place = options.frozen?.get(name);
    if (place !== undefined) writer.external(name, tensor, place);
    else writer.input(name, tensor);
  }
  return { bytes: writer.bytes(), inputs };
}

function lowerNode(writer: OnnxWriter, node: Node, names: ReadonlyMap<Tensor, string>): string[] {
  writer.scope = node.scope;
  return node.op.lower(writer, {
    inputs: node.inputs.map((t) => names.get(t)!),
    inputTypes: node.inputs,
    outputTypes: node.outputs,
    params: node.params,
  });
}

/** A model of one node, y = x, for any shape of a rank: what moves a tensor between devices (runtime/transfer.ts). */
export function identityModel(dtype: DType, rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  return modelBytes({
    name: 'identity',
    node: [nodeProto('Identity', 'Identity', { inputs: ['x'], outputs: ['y'] })],
    input: [valueInfo('x', dtype, shape)],
    output: [valueInfo('y', dtype, shape)],
  });
}
