/** Moving tensors between the host and a GPU, through programs of one Identity each. */
import { identityModel } from '../graph/onnx.ts';
import type { ValueType } from '../graph/tensor.ts';
import {
  type HostData,
  type HostTensor,
  type InferenceSession,
  openSession,
  type OrtTensor,
  runError,
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

  upload(value: HostTensor): Promise<OrtTensor> {
    return this.#move('up', wrap(value), value);
  }

  async download(tensor: OrtTensor, type: ValueType): Promise<HostData> {
    return (await this.#move('down', tensor, type)).data as HostData;
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }

  /** Throws `provider`. */
  async #move(direction: 'up' | 'down', x: OrtTensor, type: ValueType): Promise<OrtTensor> {
    const session = await this.#session(direction, type);
    try {
      return (await session.run({ x })).y!;
    } catch (error) {
      throw runError(error);
    }
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
