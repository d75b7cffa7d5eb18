/** Room beside a model's own weights for one adapter of several: taking another compiles nothing and copies little. */
import type { StoredAdapter } from '../checkpoints/peft.ts';
import { loraName } from '../checkpoints/peft.ts';
import type { DeviceState } from '../runtime/state.ts';
import { LORA_A, LORA_B } from '../nn/lora.ts';
import type { Adapter, LoraLayer } from './lora.ts';

/** Slots in which each of these adapters fits: every layer that one of them has, of the largest rank. */
export function slotsFor(adapters: readonly Pick<StoredAdapter, 'layers'>[]): Adapter {
  const layers = new Map<string, LoraLayer>();
  for (const [module, { rank, input, output }] of adapters.flatMap((adapter) => [...adapter.layers])) {
    const known = layers.get(module)?.rank ?? 0;
    layers.set(module, { rank: Math.max(rank, known), input, output });
  }
  // an adapter's own scale is in the values of B that the slots are filled with
  return { layers, scales: new Map([...layers.keys()].map((name) => [name, 1])), dropout: 0, saved: [] };
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
