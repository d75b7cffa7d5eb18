/** Whether a run fits into the memory that is free, asked before it starts. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { ClozeError } from '../base/errors.ts';
import type { TrainedModel } from '../models/lora.ts';
import { estimateMemory } from '../models/memory.ts';
import type { TrainingSettings } from './settings.ts';

/** Bytes that training with these settings is estimated to take. */
export function trainingMemory({ config, adapter }: TrainedModel, settings: TrainingSettings): number {
  return estimateMemory(config, { mode: 'training', ...settings, adapter }).total;
}

/** Says that a run needs more than `available` bytes; undefined if it does not. */
export function memoryProblem(
  model: TrainedModel,
  settings: TrainingSettings,
  available: number,
): string | undefined {
  const needed = trainingMemory(model, settings);
  if (needed <= available) return undefined;
  return `training needs about ${megabytes(needed)}, and ${megabytes(available)} are free`;
}

/** Throws `memory`, saying what would fit, if a run that is to start needs more than `available` bytes. */
export function requireMemory(model: TrainedModel, settings: TrainingSettings, available: number): void {
  const problem = memoryProblem(model, settings, available);
  if (problem === undefined || settings.force) return;
  const fitting = fittingSettings(model, settings, available);
  throw new ClozeError('memory', problem, {
    hint: `${fitting ?? 'take a smaller model'}; training.force=true starts all the same`,
    details: { needed: trainingMemory(model, settings), available },
  });
}

/** The same step in smaller pieces, if some fit. */
function fittingSettings(
  model: TrainedModel,
  settings: TrainingSettings,
  available: number,
): string | undefined {
  const fits = (change: Partial<TrainingSettings>): boolean =>
    trainingMemory(model, { ...settings, ...change }) <= available;
  if (!settings.recompute && fits({ recompute: true })) return 'set training.recompute=true';
  for (let batch = settings.batch >> 1; batch >= 1; batch >>= 1) {
    const accumulate = Math.ceil((settings.batch * settings.accumulate) / batch);
    for (const recompute of settings.recompute ? [true] : [false, true]) {
      if (!fits({ batch, accumulate, recompute })) continue;
      const more = recompute && !settings.recompute ? ' training.recompute=true' : '';
      return `set training.batch=${batch} training.accumulate=${accumulate}${more}`;
    }
  }
  for (let context = settings.context >> 1; context >= 8; context >>= 1) {
    if (fits({ batch: 1, context, recompute: true })) {
      return `set training.context=${context} training.batch=1 training.recompute=true`;
    }
  }
  return undefined;
}

function megabytes(bytes: number): string {
  return bytes < 1e10 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * Bytes that this process may still take without swapping: what the system calls available, and within a container
 * what is left of its limit.
 */
export function availableMemory(): number {
  const limit = process.constrainedMemory();
  const system = systemMemory();
  const isLimited = limit > 0 && limit < Number.MAX_SAFE_INTEGER;
  return isLimited ? Math.min(system, limit - process.memoryUsage.rss()) : system;
}

/** os.freemem leaves out what caches hold but would give away, except on Windows. */
function systemMemory(): number {
  try {
    if (process.platform === 'linux') return memAvailable(readFileSync('/proc/meminfo', 'utf8'));
    if (process.platform === 'darwin') return reclaimable(execFileSync('vm_stat', { encoding: 'utf8' }));
  } catch {
    // a system that does not say so: what is free must do
  }
  return freemem();
}

/** From /proc/meminfo. */
export function memAvailable(meminfo: string): number {
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo) ?? [];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}

/** From macOS's vm_stat: pages that are free or hold nothing that must be kept. */
export function reclaimable(vmStat: string): number {
  const pageSize = Number(/page size of (\d+) bytes/.exec(vmStat)?.[1] ?? 4096);
  const pages = [...vmStat.matchAll(/^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)\.$/gm)];
  return pages.length === 0 ? freemem() : pageSize * pages.reduce((sum, [, count]) => sum + Number(count), 0);
}
