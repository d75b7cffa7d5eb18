/** A device that programs run on. */
import type { HalfType } from '../base/half.ts';
import { toOnnx } from '../graph/onnx.ts';
import type { ExternalPlace } from '../graph/onnx-messages.ts';
import { FREE_SIZES } from '../graph/open-sizes.ts';
import type { Tensor } from '../graph/tensor.ts';
import { frozenData, placeOf } from './frozen.ts';
import {
  DeviceProgram,
  HostProgram,
  type Program,
  type ProgramSource,
  type Signature,
  updateName,
} from './program.ts';
import type { ProviderName } from './provider.ts';
import {
  closeSession,
  type InferenceSession,
  openSession,
  SENTINEL,
  type SessionSettings,
} from './session.ts';
import { DeviceState } from './state.ts';
import { Transfer } from './transfer.ts';
import { computesIn, roundsTo } from './trial.ts';

/** 'emulated': not computed in, but rounded to. */
export type HalfSupport = 'native' | 'emulated' | 'none';

/** An open provider: makes states and compiles graphs. */
export class Device {
  readonly settings: SessionSettings;
  readonly #transfer: Transfer | undefined;
  readonly #sessions = new Set<InferenceSession>();
  readonly #states = new Set<DeviceState>();
  readonly #support = new Map<HalfType, Promise<HalfSupport>>();

  constructor(settings: SessionSettings) {
    this.settings = settings;
    this.#transfer =
      settings.provider === 'cpu' ? undefined : new Transfer({ ...settings, profile: undefined });
  }

  get provider(): ProviderName {
    return this.settings.provider;
  }

  /** Whether states are host memory, with arenas and in-place updates. */
  get onHost(): boolean {
    return this.#transfer === undefined;
  }

  createState(): DeviceState {
    const state = new DeviceState(this.#transfer);
    this.#states.add(state);
    return state;
  }

  /** Compiles a graph against a state. States that it sets and that do not exist yet are made, zeroed. */
  async compile(source: ProgramSource, state: DeviceState): Promise<Program> {
    const outputs = new Map<string, Tensor>(Object.entries(source.outputs ?? {}));
    for (const [name, tensor] of source.updates ?? []) {
      outputs.set(updateName(name), tensor);
      if (!state.has(name)) await state.allocate(name, tensor.dtype, tensor.shape);
    }
    const { graph } = outputs.values().next().value!;
    const frozen = new Map(
      [...(source.frozen ?? []), ...graph.frozen].map((name): [string, ExternalPlace] => [
        name,
        placeOf(name, state),
      ]),
    );
    const model = toOnnx({
      provider: this.provider,
      outputs,
      frozen,
      sentinel: this.onHost ? SENTINEL : undefined,
      open: FREE_SIZES,
    });
    const isState = (t: Tensor): boolean =>
      t.graph.states.get((t.node.params as { name: string }).name) === t;
    const signature: Signature = {
      source,
      feeds: new Map([...model.inputs].filter(([, t]) => !isState(t))),
      states: new Set(
        [...model.inputs].filter(([name, t]) => isState(t) && !frozen.has(name)).map(([name]) => name),
      ),
    };
    const external = await frozenData(
      source.name,
      [...model.inputs].filter(([name, t]) => isState(t) && frozen.has(name)).map(([name]) => name),
      state,
    );
    const profile = this.settings.profile;
    const settings = {
      ...this.settings,
      profile: profile === undefined ? undefined : `${profile}${source.name}`,
    };
    const session = await openSession(model.bytes, settings, {
      ...(frozen.size === 0 ? {} : { external }),
      deviceOutputs: this.onHost ? [] : [...(source.updates?.keys() ?? [])].map(updateName),
    });
    this.#sessions.add(session);
    return this.onHost
      ? new HostProgram(signature, session, state)
      : new DeviceProgram(signature, session, state);
  }

  /** What the device can do in a type of 16 bits. No provider says so, or which GPU it has: small programs find out, once. */
  supportOf(half: HalfType): Promise<HalfSupport> {
    let found = this.#support.get(half);
    if (found === undefined) this.#support.set(half, (found = this.#tryHalf(half)));
    return found;
  }

  async #tryHalf(half: HalfType): Promise<HalfSupport> {
    // `cpu` takes float16, but computes in float32 and leaves roundings out
    if (!this.onHost && (await computesIn(this, half))) return 'native';
    return (await roundsTo(this, half)) ? 'emulated' : 'none';
  }

  /** Releases every state and program, and closes the device. */
  async close(): Promise<void> {
    await this.clear();
    await this.#transfer?.dispose();
  }

  /**
   * Releases every state, then every program: a GPU's tensors must go before the sessions that made them. The device stays
   * open.
   */
  async clear(): Promise<void> {
    for (const state of this.#states) state.dispose();
    this.#states.clear();
    for (const session of this.#sessions) await closeSession(session);
    this.#sessions.clear();
  }
}
