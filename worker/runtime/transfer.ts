/** Moving tensors between the host and a GPU, through programs of one Identity each. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { ONNX_TYPE } from '../graph/onnx.ts';
import type { DType, ValueType } from '../graph/tensor.ts';
import {
  type HostData,
  type HostTensor,
  type InferenceSession,
  openSession,
  type OrtTensor,
  type SessionSettings,
  wrap,
} from './session.ts';

/**
 * onnxruntime-node can not read a GPU tensor directly (`getData` ends the process), but a session may have its
 * input on one side and its output on the other.
 */
export class Transfer {
  readonly #settings: SessionSettings;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  async upload(value: HostTensor): Promise<OrtTensor> {
    const session = await this.#session('up', value);
    const results = await session.run({ x: wrap(value) });
    return results.y!;
  }

  async download(tensor: OrtTensor, type: ValueType): Promise<HostData> {
    const session = await this.#session('down', type);
    const results = await session.run({ x: tensor });
    return results.y!.data as HostData;
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }

  #session(direction: 'up' | 'down', { dtype, shape }: ValueType): Promise<InferenceSession> {
    const key = `${direction} ${dtype} ${shape.length}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const deviceOutputs = direction === 'up' ? ['y'] : [];
      session = openSession(identityModel(dtype, shape.length), this.#settings, { deviceOutputs });
      this.#sessions.set(key, session);
      session.catch(() => this.#sessions.delete(key)); // there is nothing to release
    }
    return session;
  }
}

/** y = x, for any shape of a rank. */
function identityModel(dtype: DType, rank: number): Uint8Array {
  const dim = Array.from({ length: rank }, (_, i) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: `d${i}` } }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: ONNX_TYPE[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  const value = (name: string): ReturnType<typeof create<typeof ValueInfoProtoSchema>> =>
    create(ValueInfoProtoSchema, { name, type });
  const node = [create(NodeProtoSchema, { opType: 'Identity', input: ['x'], output: ['y'] })];
  const graph = create(GraphProtoSchema, {
    name: 'transfer',
    node,
    input: [value('x')],
    output: [value('y')],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: 20n })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, opsetImport, graph }));
}
