/** Several adapters of one base as one, exactly: what PEFT's `add_weighted_adapter` makes with `combination_type="cat"`. */
import { ClozeError } from '../base/errors.ts';
import { basePathOf, loraName, type StoredAdapter, type StoredLowRank } from './peft.ts';
import { floatTensor, type TensorData } from './safetensors.ts';

export interface WeightedAdapter {
  readonly adapter: StoredAdapter;
  /** Factor on what the adapter adds. */
  readonly weight: number;
}

/** What an adapter's folder is written from (`writeAdapterFolder`), but for its hash and further files. */
export interface CombinedAdapter {
  readonly config: Readonly<Record<string, unknown>>;
  /** By their names in the model. */
  readonly tensors: ReadonlyMap<string, TensorData>;
}

/**
 * The adapter that adds the weighted sum of what each adds: A's rows one below the other with weight and scale in them, B's
 * columns side by side, so ranks add up. Throws `usage` for adapters that keep modules whole, or do not belong together.
 */
export function combineAdapters(parts: readonly WeightedAdapter[]): CombinedAdapter {
  requireSameKind(parts);
  const modules = [...new Set(parts.flatMap(({ adapter }) => [...adapter.layers.keys()]))].sort();
  const tensors = new Map<string, TensorData>();
  const ranks = new Map<string, number>();
  for (const module of modules) {
    const own = parts.filter(({ adapter }) => adapter.layers.has(module));
    const { rank, input, output } = joinedShape(module, own);
    ranks.set(module, rank);
    tensors.set(`${module}.lora_A.weight`, floatTensor([rank, input], joinedRows(module, own)));
    tensors.set(`${module}.lora_B.weight`, floatTensor([output, rank], joinedColumns(module, own, rank)));
  }
  return { config: combinedConfig(parts[0]!.adapter, ranks), tensors };
}

/** Weights and scales are in the tensors: alpha is the rank, module by module where these differ. */
function combinedConfig(first: StoredAdapter, ranks: ReadonlyMap<string, number>): CombinedAdapter['config'] {
  const highest = Math.max(...ranks.values());
  const others = Object.fromEntries([...ranks].filter(([, rank]) => rank !== highest));
  return {
    ...first.config,
    base_model_name_or_path: basePathOf(first),
    r: highest,
    lora_alpha: highest,
    lora_dropout: 0,
    use_rslora: false,
    rank_pattern: others,
    alpha_pattern: others,
    target_modules: [...ranks.keys()],
    modules_to_save: null,
    inference_mode: true,
  };
}

function joinedShape(module: string, parts: readonly WeightedAdapter[]): Omit<StoredLowRank, 'scale'> {
  const layers = parts.map(({ adapter }) => adapter.layers.get(module)!);
  const [{ input, output }] = layers as [StoredLowRank];
  const wrong = layers.findIndex((layer) => layer.input !== input || layer.output !== output);
  if (wrong !== -1) {
    const shape = (layer: StoredLowRank): string => `${layer.input} x ${layer.output}`;
    throw different(
      parts[0]!.adapter,
      parts[wrong]!.adapter,
      `${module} is ${shape(layers[0]!)} and ${shape(layers[wrong]!)}`,
    );
  }
  return { rank: layers.reduce((sum, { rank }) => sum + rank, 0), input, output };
}

/** [ΣR, in]. */
function joinedRows(module: string, parts: readonly WeightedAdapter[]): Float32Array {
  const scaled = parts.map(({ adapter: { file, layers }, weight }) => {
    const factor = weight * layers.get(module)!.scale;
    return file.readFloat32(loraName(module, 'A')).map((value) => value * factor);
  });
  const all = new Float32Array(scaled.reduce((sum, { length }) => sum + length, 0));
  scaled.reduce((at, rows) => (all.set(rows, at), at + rows.length), 0);
  return all;
}

/** [out, ΣR]. */
function joinedColumns(module: string, parts: readonly WeightedAdapter[], total: number): Float32Array {
  const { output } = parts[0]!.adapter.layers.get(module)!;
  const all = new Float32Array(output * total);
  let first = 0;
  for (const { adapter } of parts) {
    const { rank } = adapter.layers.get(module)!;
    const columns = adapter.file.readFloat32(loraName(module, 'B'));
    for (let row = 0; row < output; row++)
      all.set(columns.subarray(row * rank, (row + 1) * rank), row * total + first);
    first += rank;
  }
  return all;
}

function requireSameKind(parts: readonly WeightedAdapter[]): void {
  const [first] = parts.map(({ adapter }) => adapter);
  if (first === undefined) throw new ClozeError('usage', 'expected adapters to combine, got none');
  for (const { adapter } of parts) {
    const [whole] = adapter.saved.keys();
    if (whole !== undefined) {
      throw new ClozeError(
        'usage',
        `${adapter.path} keeps ${whole} whole, which can not be added to another's`,
        {
          hint: 'combine adapters that were trained for the head that their base has',
          details: { path: adapter.path, tensor: whole },
        },
      );
    }
    if (adapter.config.fan_in_fan_out !== first.config.fan_in_fan_out)
      throw different(first, adapter, 'their weights are stored in different ways');
    requireSameBase(first, adapter);
  }
}

/** By the hash of its weights where both have one, or else by its folder. */
function requireSameBase(first: StoredAdapter, other: StoredAdapter): void {
  const known = first.baseHash !== undefined && other.baseHash !== undefined;
  const [a, b] = [first, other].map((each) => (known ? each.baseHash : basePathOf(each)));
  if (a === b) return;
  throw different(
    first,
    other,
    known ? 'the weights of their bases differ' : `their bases are ${a!} and ${b!}`,
  );
}

function different(first: StoredAdapter, other: StoredAdapter, why: string): ClozeError {
  return new ClozeError('usage', `${first.path} and ${other.path} can not be combined: ${why}`, {
    hint: 'only adapters of one base add up',
    details: { first: first.path, other: other.path },
  });
}
