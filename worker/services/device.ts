import { availableParallelism, totalmem } from 'node:os';
import type { DeviceReport } from '../protocol/device.ts';
import { isAutoChoice, surveyProviders } from '../runtime/open-device.ts';
import { availableMemory } from '../training/memory.ts';

/** Tries every provider with a small program. */
export async function describeDevice(): Promise<DeviceReport> {
  const providers = await surveyProviders();
  return {
    auto: providers.find(isAutoChoice)?.provider,
    providers,
    threads: availableParallelism(),
    memory: { totalBytes: totalmem(), availableBytes: availableMemory() },
    platform: `${process.platform}-${process.arch}`,
  };
}
