/** Where the time of programs goes, from ONNX Runtime's traces. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { checked } from '../base/checked.ts';

const TraceSchema = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    dur: z.number().default(0),
    args: z.record(z.string(), z.unknown()).default({}),
  }),
);

export interface ProfileRow {
  readonly name: string;
  readonly calls: number;
  readonly milliseconds: number;
}

export interface Profile {
  /** Time inside kernels. */
  readonly kernelMilliseconds: number;
  /** Time of whole runs, dispatch included. */
  readonly runMilliseconds: number;
  /** By ONNX operator, slowest first. */
  readonly byOp: readonly ProfileRow[];
  /** By module, layers of a stack added up (`h.*`/attn), slowest first. */
  readonly byModule: readonly ProfileRow[];
}

/** The folder and file prefix of traces that a device wrote; see DeviceOptions.profile. Reads and removes them. */
export function collectProfile(prefix: string): Profile {
  const folder = dirname(prefix);
  const byOp = new Tally();
  const byModule = new Tally();
  let runs = 0;
  for (const file of readdirSync(folder).filter((name) => name.startsWith(basename(prefix)))) {
    const path = join(folder, file);
    for (const { cat, name, dur, args } of checked(
      JSON.parse(readFileSync(path, 'utf8')),
      TraceSchema,
      path,
      'data',
    )) {
      if (cat === 'Session' && name === 'model_run') runs += dur;
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      byOp.add(String(args.op_name), dur);
      byModule.add(moduleOf(name), dur);
    }
    rmSync(path);
  }
  return {
    kernelMilliseconds: byOp.total / 1000,
    runMilliseconds: runs / 1000,
    byOp: byOp.rows(),
    byModule: byModule.rows(),
  };
}

/** `grad/h.3/attn/c_attn/Gemm_2_kernel_time` -> `grad/h.*`/attn/c_attn. */
function moduleOf(kernel: string): string {
  const path = kernel
    .replace(/_kernel_time$/, '')
    .split('/')
    .slice(0, -1);
  return path.map((part) => part.replace(/^(h|layers)\.\d+$/, '$1.*')).join('/') || '(top)';
}

class Tally {
  readonly #rows = new Map<string, { calls: number; microseconds: number }>();
  total = 0;

  add(name: string, microseconds: number): void {
    const row = this.#rows.get(name) ?? { calls: 0, microseconds: 0 };
    row.calls++;
    row.microseconds += microseconds;
    this.#rows.set(name, row);
    this.total += microseconds;
  }

  rows(): ProfileRow[] {
    return [...this.#rows]
      .map(([name, { calls, microseconds }]) => ({ name, calls, milliseconds: microseconds / 1000 }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }
}
