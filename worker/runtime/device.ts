/** A device that programs run on. */
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import { ClozeError, messageOf } from '../base/errors.ts';
import type { HalfType } from '../base/half.ts';
import { type ExternalPlace, toOnnx } from '../graph/onnx.ts';
import { FREE_SIZES } from '../graph/open-sizes.ts';
import type { Tensor } from '../graph/tensor.ts';
import {
  DeviceProgram,
  HostProgram,
  type Program,
  type ProgramSource,
  type Signature,
  updateName,
} from './program.ts';
import { bundledProviders, missingLibraries, type ProviderChoice, type ProviderName } from './provider.ts';
import {
  closeSession,
  type ExternalData,
  type HostData,
  type InferenceSession,
  openSession,
  SENTINEL,
  type SessionSettings,
} from './session.ts';
import { DeviceState } from './state.ts';
import { Transfer } from './transfer.ts';
import { checkArithmetic, computesIn, roundsTo, timeProducts } from './trial.ts';

/**
 * Long enough to bridge the gap between two operators, which spares a sleep and a wake-up each (a quarter of a small
 * model's step); far too short to hurt a neighbour, as the usual milliseconds do (docs/adr/0010-brief-spinning.md).
 */
const SPIN_MICROSECONDS = 50;

export interface DeviceOptions {
  /** Threads inside one operator; default: the cores that this process may use. */
  threads?: number;
  /** See SessionSettings; default {@link SPIN_MICROSECONDS}. */
  spinMicroseconds?: number;
  /** Path prefix for a trace of each program. */
  profile?: string;
}

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

  /** Releases every state, then every program: a GPU's tensors must go before the sessions that made them. */
  async close(): Promise<void> {
    for (const state of this.#states) state.dispose();
    this.#states.clear();
    for (const session of this.#sessions) await closeSession(session);
    this.#sessions.clear();
    await this.#transfer?.dispose();
  }
}

/** A frozen state in memory is known by its name, one in a file by the file. */
function placeOf(name: string, state: DeviceState): ExternalPlace {
  const place = state.place(name);
  return place === undefined
    ? { location: name, offset: 0 }
    : { location: basename(place.path), offset: place.offset };
}

/** The values of frozen states: in memory, or the folder with their files. Throws `graph` if that is more than one. */
async function frozenData(
  program: string,
  names: readonly string[],
  state: DeviceState,
): Promise<ExternalData> {
  const memory = new Map<string, HostData>();
  const folders = new Set<string>();
  for (const name of names) {
    const place = state.place(name);
    if (place === undefined) memory.set(name, state.view(name) ?? (await state.read(name)).data);
    else folders.add(dirname(place.path));
  }
  const [folder, another] = folders;
  if (another === undefined) return { memory, folder };
  throw new ClozeError('graph', `program ${program}: its frozen states lie in ${folder!} and in ${another}`);
}

/** What happened to one provider when a device was chosen. */
export interface ProviderReport {
  readonly provider: ProviderName;
  readonly usable: boolean;
  /** Why not. */
  readonly reason?: string;
  /** Why `auto` leaves it out although it is usable. */
  readonly slow?: string;
  /** Of one that is usable, where all were surveyed. */
  readonly halves?: Readonly<Record<HalfType, HalfSupport>>;
}

export interface OpenedDevice {
  readonly device: Device;
  /** In the order of trial; the last one is in use. */
  readonly tried: readonly ProviderReport[];
}

/** GPUs first, in the order `auto` tries them. */
const AUTO_ORDER: readonly ProviderName[] = ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'];

/**
 * Opens a provider, or with 'auto' the first one that is bundled here, computes a small program correctly and is no
 * software that plays a GPU.
 * A named provider that does not is an error: it is never replaced by another one in silence.
 */
export async function openDevice(choice: ProviderChoice, options: DeviceOptions = {}): Promise<OpenedDevice> {
  const tried: ProviderReport[] = [];
  for (const provider of choice === 'auto' ? AUTO_ORDER : [choice]) {
    const report = await tryProvider(provider, options, choice === 'auto');
    tried.push(report);
    if (isAutoChoice(report)) return { device: new Device(settingsFor(provider, options)), tried };
  }
  throw new ClozeError(
    'provider',
    `provider ${choice} cannot be used: ${tried.at(-1)?.reason ?? 'none was tried'}`,
    {
      hint:
        choice === 'cpu' ? 'reinstall onnxruntime-node for this platform' : 'choose the provider cpu or auto',
      details: { tried },
    },
  );
}

/** Tries every provider. */
export async function surveyProviders(options: DeviceOptions = {}): Promise<ProviderReport[]> {
  const reports: ProviderReport[] = [];
  for (const provider of AUTO_ORDER) {
    const report = await tryProvider(provider, options, true);
    reports.push(report.usable ? { ...report, halves: await halvesOf(provider, options) } : report);
  }
  return reports;
}

async function halvesOf(
  provider: ProviderName,
  options: DeviceOptions,
): Promise<Record<HalfType, HalfSupport>> {
  const device = new Device({ ...settingsFor(provider, options), profile: undefined });
  try {
    return { float16: await device.supportOf('float16'), bfloat16: await device.supportOf('bfloat16') };
  } finally {
    await device.close();
  }
}

/** Whether `auto` takes the provider if it comes first. */
export function isAutoChoice({ usable, slow }: ProviderReport): boolean {
  return usable && slow === undefined;
}

function settingsFor(provider: ProviderName, options: DeviceOptions): SessionSettings {
  return {
    provider,
    threads: options.threads ?? availableParallelism(),
    spinMicroseconds: options.spinMicroseconds ?? SPIN_MICROSECONDS,
    profile: options.profile,
  };
}

async function tryProvider(
  provider: ProviderName,
  options: DeviceOptions,
  compare: boolean,
): Promise<ProviderReport> {
  if (!bundledProviders().includes(provider)) {
    return {
      provider,
      usable: false,
      reason: `onnxruntime-node has no ${provider} on ${process.platform}-${process.arch}`,
    };
  }
  const missing = missingLibraries(provider);
  if (missing.length > 0) {
    return {
      provider,
      usable: false,
      reason: `its libraries are not installed (run onnxruntime-node's install script): ${missing.join(', ')}`,
    };
  }
  const device = new Device({ ...settingsFor(provider, options), profile: undefined });
  try {
    await checkArithmetic(device);
    const slow = compare && provider !== 'cpu' ? await slownessOf(device) : undefined;
    return { provider, usable: true, ...(slow === undefined ? {} : { slow }) };
  } catch (error) {
    return { provider, usable: false, reason: messageOf(error) };
  } finally {
    await device.close();
  }
}

/** A GPU may be that many times slower than `cpu` at a product so small, */
const SLOWER = 10;
/** and need so many milliseconds more for the way there and back. */
const LATENCY = 5;

/**
 * Tells how much slower than `cpu` a device is, if it is so slow that it must be software (SwiftShader, llvmpipe), which
 * takes hundreds of times as long.
 */
async function slownessOf(device: Device): Promise<string | undefined> {
  const host = new Device({ ...device.settings, provider: 'cpu' });
  try {
    const [here, there] = [await timeProducts(host), await timeProducts(device)];
    if (there <= SLOWER * here + LATENCY) return undefined;
    return `a test program took ${there.toFixed(0)} ms on it and ${here.toFixed(1)} ms on cpu: it may be software`;
  } finally {
    await host.close();
  }
}
