/** The device of a run: opened, told about, closed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../runtime/device.ts';
import { type DeviceOptions, openDevice, type ProviderReport } from '../runtime/open-device.ts';
import { collectProfile, type Profile } from '../runtime/profile.ts';
import { bundledProviders, type ProviderChoice } from '../runtime/provider.ts';

export interface DeviceHooks {
  /** Something worth knowing that stops nothing. */
  readonly onNote?: ((message: string) => void) | undefined;
  /** Where the time went, at the end of a run that was asked to tell. */
  readonly onProfile?: ((profile: Profile) => void) | undefined;
}

/** Opens a device for the time of `body`. */
export async function onDevice<T>(
  provider: ProviderChoice,
  { threads, profile = false }: { threads?: number | undefined; profile?: boolean | undefined },
  { onNote, onProfile }: DeviceHooks,
  body: (device: Device) => Promise<T>,
): Promise<T> {
  if (profile) {
    return withTraces(onProfile, (prefix) => openedFor(provider, { threads, profile: prefix }, onNote, body));
  }
  return openedFor(provider, { threads }, onNote, body);
}

async function openedFor<T>(
  provider: ProviderChoice,
  options: DeviceOptions,
  onNote: DeviceHooks['onNote'],
  body: (device: Device) => Promise<T>,
): Promise<T> {
  const { device, tried } = await openDevice(provider, options);
  try {
    noteUnused(tried, onNote);
    return await body(device);
  } finally {
    await device.close();
  }
}

/** Says which providers of this platform were tried before the one in use, and why they are not. */
export function noteUnused(tried: readonly ProviderReport[], onNote: DeviceHooks['onNote']): void {
  const bundled = bundledProviders();
  for (const { provider, reason, slow } of tried) {
    const why = reason ?? slow;
    if (why !== undefined && bundled.includes(provider)) onNote?.(`${provider} is not used: ${why}`);
  }
}

/** Gives `body` a prefix for traces, and tells afterwards what is in them. */
async function withTraces<T>(
  onProfile: DeviceHooks['onProfile'],
  body: (prefix: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cloze-profile-'));
  const prefix = join(folder, 'trace-');
  try {
    const result = await body(prefix);
    onProfile?.(collectProfile(prefix));
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
