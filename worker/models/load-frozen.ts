/** Models that are only used: their weights go from the file to ONNX Runtime, rounded to fewer bits where asked for. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Quantised } from '../nn/quantised.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceState } from '../runtime/state.ts';
import { type GptConfig, requireDecoder } from './config.ts';
import type { NamedWeights } from './initialise.ts';
import { countParameters, tokenTable } from './layout.ts';
import { type LoadedModel, loadWith, putWeight, withTokenizer } from './load.ts';
import { quantisedForGeneration, stateValues } from './quantised.ts';
import type { WeightPrecision } from './weight-precision.ts';
import { WeightFile } from './weight-file.ts';
import { openParameters, type StoredParameters } from './weights.ts';
import type { AnyTokenizer } from '../tokenizers/tokenizer-json.ts';

/** From so many parameters on, twice the size of a 16-bit file is too much to ask for unasked. */
const LARGE = 300_000_000;

export interface FrozenOptions {
  /** Whether parameters that are not quantised are to be in the state's memory, for programs that read them there. */
  readonly inMemory?: boolean | undefined;
  /** Default: float32, but int8 for a large model that is stored in 16 bits or fewer. */
  readonly precision?: WeightPrecision | undefined;
  /** Where the weights are written that can not be used as their file has them. */
  readonly folder: string;
}

export interface FrozenModel extends LoadedModel {
  readonly tokenizer: AnyTokenizer;
  readonly precision: WeightPrecision;
  readonly quantised: Quantised | undefined;
  /** Removes what was written: once all programs are compiled. */
  readonly release: () => void;
}

/**
 * Loads a decoder and its tokenizer to write with. On `cpu` its weights are in no memory but ONNX Runtime's own: the state
 * refers to the model's file where that holds float32, and else to one that is written for it. For a folder that a run may be
 * replacing, within `openUnchanged`, until the programs are compiled if `inMemory` is not set. Throws `checkpoint`, `model` for an
 * encoder, `tokenizer`, `disk`.
 */
export function loadFrozenModel(
  folder: string,
  device: Device,
  options: FrozenOptions,
): Promise<FrozenModel> {
  const load = () =>
    loadWith(folder, device, requireDecoder, async (config, source, state) => {
      const parameters = openParameters(config, source);
      const precision = options.precision ?? usualPrecision(config, parameters);
      const quantised = quantisedForGeneration(config, precision);
      const release = await placeWeights({ config, parameters, quantised }, options, state, device);
      return { precision, quantised, release };
    });
  return withTokenizer(folder, load, discardFrozen);
}

/** Frees what a model that is not used after all was loaded to. */
export function discardFrozen({ state, release }: Pick<FrozenModel, 'state' | 'release'>): void {
  state.dispose();
  release();
}

function usualPrecision(config: GptConfig, { stored }: StoredParameters): WeightPrecision {
  return countParameters(config) >= LARGE && stored(`${tokenTable(config)}.weight`).dtype !== 'F32'
    ? 'int8'
    : 'float32';
}

interface Placeable {
  readonly config: GptConfig;
  readonly parameters: StoredParameters;
  readonly quantised: Quantised | undefined;
}

/** Puts the parameters where the programs will find them. The result removes what was written. */
async function placeWeights(
  { config, parameters, quantised }: Placeable,
  options: FrozenOptions,
  state: DeviceState,
  device: Device,
): Promise<() => void> {
  const { folder, inMemory = !device.onHost } = options;
  if (!inMemory && quantised === undefined && referTo(parameters, state)) return () => undefined;
  const file = inMemory && quantised === undefined ? undefined : new WeightFile(folder);
  try {
    for (const value of stateValues(config, quantised, weightsOf(parameters))) {
      const { name, shape, data } = value;
      // what is quantised is frozen in every program, on a GPU too
      const isParameter = parameters.shapes.has(name) && data instanceof Float32Array;
      if (inMemory && isParameter) await putWeight({ name, shape, data }, state, device);
      else file?.add(value, state);
    }
  } catch (error) {
    file?.remove();
    throw error;
  }
  file?.close();
  return () => file?.remove();
}

function* weightsOf({ shapes, read }: StoredParameters): Generator<NamedWeights> {
  for (const [name, shape] of shapes) yield { name, shape, data: read(name) };
}

/**
 * Refers to the model's own file, if it has all parameters in float32, and side by side. Not on Windows, where a mapped
 * file could not be replaced by the run that trains it.
 */
function referTo({ shapes, stored }: StoredParameters, state: DeviceState): boolean {
  if (process.platform === 'win32') return false;
  const places = [...shapes].map(([name, shape]) => {
    const { dtype, place } = stored(name);
    const isUsable = dtype === 'F32' && place !== undefined && place.offset % 4 === 0;
    return { name, shape, place: isUsable ? { ...place, path: realpathSync(place.path) } : undefined };
  });
  if (places.some(({ place }) => place === undefined)) return false;
  if (new Set(places.map(({ place }) => dirname(place!.path))).size > 1) return false;
  for (const { name, shape, place } of places) state.refer(name, { dtype: 'float32', shape }, place!);
  return true;
}
