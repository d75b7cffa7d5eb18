import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { PRESETS } from '../models/presets.ts';
import { availableMemory, memAvailable, reclaimable, requireMemory, trainingMemory } from './memory.ts';
import { resolveSettings, type TrainingOptions } from './settings.ts';

const config = PRESETS.gpt2;
const settings = (options: TrainingOptions) => resolveSettings(options, config.context);

function refusal(options: TrainingOptions, available: number): ClozeError {
  try {
    requireMemory({ config }, settings(options), available);
  } catch (error) {
    if (error instanceof ClozeError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('requireMemory', () => {
  it('says what is needed, what is free, and a setting that fits', () => {
    const error = refusal({ batch: 8 }, 12e9);
    assert.equal(error.code, 'memory');
    assert.match(error.message, /^training needs about [\d.]+ GB, and 12\.0 GB are free$/);
    assert.match(error.hint!, /^set training\.recompute=true/);
    assert.match(
      refusal({ batch: 8, recompute: true }, 4e9).hint!,
      /^set training\.batch=\d training\.accumulate=\d/,
    );
  });

  it('proposes only what fits', () => {
    for (const available of [3e9, 4e9, 6e9, 9e9, 15e9]) {
      const hint = refusal({ batch: 32 }, available).hint!;
      const proposed: Record<string, unknown> = {};
      for (const [, name, value] of hint.matchAll(/training\.(batch|accumulate|context|recompute)=(\w+)/g)) {
        proposed[name!] = JSON.parse(value!);
      }
      assert.ok(trainingMemory({ config }, settings({ batch: 32, ...proposed })) <= available, hint);
    }
  });

  it('proposes a smaller model where nothing else helps', () => {
    assert.match(refusal({}, 1e8).hint!, /smaller model/);
  });

  it('lets pass what fits, and what is forced', () => {
    requireMemory({ config }, settings({ batch: 1 }), 64e9);
    requireMemory({ config }, settings({ batch: 64, force: true }), 1e9);
  });
});

describe('availableMemory', () => {
  it('is more than nothing here', () => {
    assert.ok(availableMemory() > 1e6);
  });

  it('reads /proc/meminfo and vm_stat', () => {
    assert.equal(memAvailable('MemTotal:  9 kB\nMemFree:   1 kB\nMemAvailable:  5 kB\n'), 5 * 1024);
    const vmStat = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10.
Pages active:                            999.
Pages inactive:                           20.
Pages speculative:                         3.
Pages purgeable:                           4.
`;
    assert.equal(reclaimable(vmStat), 37 * 16384);
  });
});
