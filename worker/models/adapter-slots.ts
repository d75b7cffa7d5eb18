/** Room beside a model's own weights for one adapter of several: taking another compiles nothing and copies little. */
import type { StoredAdapter } from '../checkpoints/peft.ts';
import { loraName } from '../checkpoints/peft.ts';
import type { DeviceState } from '../runtime/state.ts';
import { LORA_A, LORA_B } from '../nn/lora.ts';
import type { Adapter, LoraLayer } from './lora.ts';

/**
 * Slots in which each of these adapters fits: every layer that one of them has, of the largest rank, which is one for all
 * experts of a mixture, since those are multiplied by together.
 */
export function slotsFor(adapters: readonly Pick<StoredAdapter, 'layers'>[]): Adapter {
  const all = adapters.flatMap((adapter) => [...adapter.layers]);
  const ranks = new Map<string, number>();
  for (const [module, { rank }] of all)
    ranks.set(ofAnyExpert(module), Math.max(rank, ranks.get(ofAnyExpert(module)) ?? 0));
  const layers = new Map(
    all.map(([module, { input, output }]): [string, LoraLayer] => [
      module,
      { rank: ranks.get(ofAnyExpert(module))!, input, output },
    ]),
  );
  // an adapter's own scale is in the values of B that the slots are filled with
  return { layers, scales: new Map([...layers.keys()].map((name) => [name, 1])), dropout: 0, saved: [] };
}

/** The name of a module, without which of the experts it is one of. */
function ofAnyExpert(module: string): string {
  return module.replace(/\.experts\.\d+\./, '.experts.');
}

/** Whether an adapter adds to the model in no other place than the slots have. */
export function fitsIn(slots: Adapter, { layers, saved }: StoredAdapter): boolean {
  return (
    saved.size === 0 && [...layers].every(([name, { rank }]) => rank <= (slots.layers.get(name)?.rank ?? 0))
  );
}

/** Makes the slots, empty: the model is its base. */
export async function makeSlots(slots: Adapter, state: DeviceState): Promise<void> {
  for (const [module, { rank, input, output }] of slots.layers) {
    await state.allocate(`${module}.${LORA_A}`, 'float32', [rank, input]);
    await state.allocate(`${module}.${LORA_B}`, 'float32', [output, rank]);
  }
}

/** Puts an adapter that fits into the slots, in the place of any other; undefined: none. Caches are stale after it. */
export async function fillSlots(
  slots: Adapter,
  stored: StoredAdapter | undefined,
  state: DeviceState,
): Promise<void> {
  for (const [module, { rank, input, output }] of slots.layers) {
    const a = new Float32Array(rank * input);
    const b = new Float32Array(output * rank);
    const layer = stored?.layers.get(module);
    if (stored !== undefined && layer !== undefined) {
      a.set(stored.file.readFloat32(loraName(module, 'A')));
      widen(stored.file.readFloat32(loraName(module, 'B')), layer, b, rank);
    }
    await state.write(`${module}.${LORA_A}`, { dtype: 'float32', shape: [rank, input], data: a });
    await state.write(`${module}.${LORA_B}`, { dtype: 'float32', shape: [output, rank], data: b });
  }
}

/** scale B [out, r] into the first columns of [out, R]. */
function widen(
  from: Float32Array,
  { rank, output, scale }: { readonly rank: number; readonly output: number; readonly scale: number },
  to: Float32Array,
  columns: number,
): void {
  for (let row = 0; row < output; row++)
    for (let r = 0; r < rank; r++) to[row * columns + r] = scale * from[row * rank + r]!;
}
