/** A decoder over new tokens and a key/value cache: what generation runs. */
import {
  add,
  concat,
  constant,
  gather,
  mul,
  reshape,
  scalar,
  scale,
  slice,
  zeros,
} from '../graph/ops/index.ts';
import { FREE } from '../graph/open-sizes.ts';
import { Graph, type Shape, type Tensor } from '../graph/tensor.ts';
import { type Attend, attentionOverCache, rotaryAngles, type RotaryTable } from '../nn/attention.ts';
import type { Quantised } from '../nn/quantised.ts';
import { Scope } from '../nn/scope.ts';
import type { Device } from '../runtime/device.ts';
import type { ProgramSource } from '../runtime/program.ts';
import type { HostData } from '../runtime/session.ts';
import type { DeviceState } from '../runtime/state.ts';
import type { GptConfig } from './config.ts';
import { gptHidden, gptLogits } from './gpt.ts';
import { headModule, parameterShapes, tokenTable } from './layout.ts';
import { type Adapter, adaptedShapes, adapterShapes } from './lora.ts';
import { stateShapes } from './quantised.ts';

export interface DecodeOptions {
  /** S, new tokens a run: FREE.rows for any number (`cpu`). */
  readonly length: number;
  /** Rows whose logits a run gives: FREE.picked for any number (`cpu`). */
  readonly picked: number;
  /** Positions that the cache holds; at most the model's context. */
  readonly capacity: number;
  /** Bakes the parameters in, packed for products: faster, and blind to later changes. `cpu` only. */
  readonly frozen: boolean;
  readonly adapter?: Adapter | undefined;
  readonly quantised?: Quantised | undefined;
}

/**
 * A program that reads S tokens (batch 1) after those in the cache, appends them to it, and gives `logits` [picked, V] of the
 * rows that the feed `rows` names. States: those of {@link decodeStates}. Feeds: those of {@link decodeFeeds}.
 */
export function decodeProgram(model: GptConfig, options: DecodeOptions): ProgramSource {
  const { length, picked, capacity, frozen, adapter, quantised } = options;
  // ONNX Runtime packs no weight that is also looked up in: a tied head is read under a name of its own
  const config = frozen ? { ...model, tiedHead: false } : model;
  const shapes = adaptedShapes(config, adapter);
  const graph = new Graph();
  const scope = Scope.root(graph, shapes, {
    lowRank: adapter,
    quantised: quantised && withHead(quantised, config),
  });
  const ids = graph.feed('ids', 'int32', [length]);
  const positions = graph.feed('positions', 'int32', [length]);
  const last = graph.feed('last', 'int32', [1]);
  const total = graph.feed('total', 'int32', []);
  const updates = new Map<string, Tensor>();
  const caches = cacheShapes(config, capacity);
  const cacheStates = (kind: 'key' | 'value'): Tensor[] =>
    Array.from({ length: config.layers }, (_, layer) => {
      const name = cacheName(kind, layer);
      return graph.state(name, 'float32', caches.get(name)!);
    });
  const attend = attentionOverCache(
    { batch: 1, length, heads: config.heads, kvHeads: config.kvHeads, headWidth: cachedHeadWidth(config) },
    { keys: cacheStates('key'), values: cacheStates('value'), last, total },
    (layer, key, value) => updates.set(cacheName('key', layer), key).set(cacheName('value', layer), value),
  );
  const rotary = config.positions === 'rotary' ? rotaryRows(config, capacity, positions) : undefined;
  const hidden = gptHidden(scope, config, {
    ids,
    batch: 1,
    length,
    attend: withPaddedHeads(attend, config),
    positions,
    rotary,
  }); // [S, C]
  const rows = gather(hidden, graph.feed('rows', 'int32', [picked]));
  return {
    name: `decode-${length === FREE.rows ? 'any' : length}`,
    outputs: { logits: gptLogits(scope, config, rows) },
    updates,
    frozen: new Set(frozen ? parameterShapes(config).keys() : []), // an adapter may be changed for another
  };
}

/** A head that is read under a name of its own is quantised as the table is. */
function withHead(quantised: Quantised, config: GptConfig): Quantised {
  const bits = quantised.bits.get(tokenTable(config));
  return bits === undefined
    ? quantised
    : { ...quantised, bits: new Map([...quantised.bits, [headModule(config), bits]]) };
}

/**
 * The states that the programs of a model run over: its parameters, and a zeroed cache (`cache/key/N` and
 * `cache/value/N`, [1, K, capacity, D] a layer, D rounded up to a multiple of 8). On `cpu` a state of its own, which shares the parameters' memory;
 * on a GPU `parameters` itself, with the cache added.
 */
export async function decodeStates(
  device: Device,
  config: GptConfig,
  parameters: DeviceState,
  capacity: number,
  { adapter, quantised }: Pick<DecodeOptions, 'adapter' | 'quantised'> = {},
): Promise<DeviceState> {
  const state = device.onHost ? device.createState() : parameters;
  if (device.onHost) {
    const names = new Set([...stateShapes(config, quantised).keys(), ...adapterShapes(adapter).keys()]);
    for (const name of names) parameters.lend(name, state, name);
    const table = tokenTable(config);
    const ofTable = [...names].filter((name) => name.startsWith(`${table}.`));
    const head = headModule({ ...config, tiedHead: false });
    if (config.tiedHead) for (const name of ofTable) parameters.lend(name, state, name.replace(table, head));
  }
  for (const [name, shape] of cacheShapes(config, capacity)) await state.allocate(name, 'float32', shape);
  return state;
}

function cacheShapes(config: GptConfig, capacity: number): Map<string, Shape> {
  const shape = [1, config.kvHeads, capacity, cachedHeadWidth(config)];
  return new Map(
    Array.from({ length: config.layers }, (_, layer) => [cacheName('key', layer), cacheName('value', layer)])
      .flat()
      .map((name) => [name, shape]),
  );
}

function cacheName(kind: 'key' | 'value', layer: number): string {
  return `cache/${kind}/${layer}`;
}

/**
 * Feeds of a run of S rows: `tokens` at positions `start`, `start` + 1, ..., padded to S rows. The padding goes
 * into the cache beyond the tokens, where no later row looks before it is overwritten. `start` + S must not exceed
 * the capacity. `rows` are those whose logits are wanted.
 */
export function decodeFeeds(
  tokens: ArrayLike<number>,
  start: number,
  length: number,
  rows: readonly number[],
): Record<string, HostData> {
  const ids = new Int32Array(length);
  ids.set(tokens);
  return {
    ids,
    positions: Int32Array.from({ length }, (_, i) => start + i),
    last: Int32Array.of(start + length - 1),
    total: Int32Array.of(start + length),
    rows: Int32Array.from(rows),
  };
}

/** GroupQueryAttention wants head widths that are multiples of 8. */
function cachedHeadWidth({ headWidth }: GptConfig): number {
  return Math.ceil(headWidth / 8) * 8;
}

/** Attention with zeros behind each head, which change no product; the scores' scale is corrected in the query. */
function withPaddedHeads(attend: Attend, config: GptConfig): Attend {
  const { headWidth: D } = config;
  const P = cachedHeadWidth(config);
  if (P === D) return attend;
  const pad = (x: Tensor): Tensor => {
    const [rows, width] = x.shape as [number, number];
    const heads = width / D;
    const apart = reshape(x, [rows, heads, D]);
    // zeros of as many rows as there are: how many that is may be known to a run only
    const behind = add(scale(slice(apart, 2, 0, 1), 0), zeros(x.graph, [1, heads, P - D]));
    return reshape(concat([apart, behind], 2), [rows, heads * P]);
  };
  return (scope, { query, key, value }, layer) => {
    const scaled = mul(query, scalar(query.graph, Math.sqrt(P / D)));
    const attended = attend(scope, { query: pad(scaled), key: pad(key), value: pad(value) }, layer);
    const [rows] = query.shape;
    return reshape(slice(reshape(attended, [rows!, config.heads, P]), 2, 0, D), query.shape);
  };
}

/** Angles of `positions`, int32 [N], each below `capacity`: [N, D / 2] each. */
export function rotaryRows(
  { headWidth, ropeTheta }: GptConfig,
  capacity: number,
  positions: Tensor,
): RotaryTable {
  const { cos, sin } = rotaryAngles(capacity, headWidth, ropeTheta);
  const rows = (table: Float32Array): Tensor =>
    gather(constant(positions.graph, 'float32', [capacity, headWidth / 2], table), positions);
  return { cos: rows(cos), sin: rows(sin) };
}
