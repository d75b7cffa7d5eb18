/** Which provider a device is opened on. */
import { availableParallelism } from 'node:os';
import { ClozeError, messageOf } from '../base/errors.ts';
import type { HalfType } from '../base/half.ts';
import { Device, type HalfSupport } from './device.ts';
import { bundledProviders, missingLibraries, type ProviderChoice, type ProviderName } from './provider.ts';
import type { SessionSettings } from './session.ts';
import { checkArithmetic, timeProducts } from './trial.ts';

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
