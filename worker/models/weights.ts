import { ClozeError } from '../base/errors.ts';
import type { WritableFloatDtype } from '../checkpoints/floats.ts';
import type { TensorData } from '../checkpoints/safetensors.ts';
import { floatTensor } from '../checkpoints/safetensors.ts';
import type { TensorSource } from '../checkpoints/source.ts';
import type { GptConfig } from './config.ts';
import { storedConfig } from './huggingface.ts';
import { HEAD_NAME, namePrefix, parameterShapes } from './layout.ts';

/** Constants that files of older versions of transformers hold beside the parameters. */
const BUFFERS = /\.(attn\.(masked_)?bias|rotary_emb\.inv_freq)$/;

/** A model's parameters in a file: found, and their shapes checked. */
export interface StoredParameters {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** One parameter as float32. Throws `checkpoint`. */
  readonly read: (name: string) => Float32Array;
  /** Tensors of other heads, which the file has and the model does not. */
  readonly unused: readonly string[];
}

/**
 * Matches the tensors of a file with the parameters of a configuration; names of the bare stack, without
 * 'transformer.' or 'model.', are accepted too. Throws `checkpoint` on a tensor that is missing, has another shape,
 * or belongs to another architecture.
 */
export function openParameters(config: GptConfig, source: TensorSource): StoredParameters {
  const shapes = parameterShapes(config);
  const storedName = namesIn(config, source, shapes);
  for (const [name, shape] of shapes) checkTensor(source, storedName(name), shape);
  const zeros = [...zeroBiases(config)].map(([name]) => storedName(name)).filter((name) => source.has(name));
  for (const name of zeros) checkZero(source, name);
  const expected = new Set([...[...shapes.keys()].map(storedName), ...zeros]);
  const others = source.names.filter((name) => !expected.has(name) && !BUFFERS.test(name));
  const inStack = storedName(namePrefix(config.layout));
  const foreign = others.find((name) => name !== HEAD_NAME && name.startsWith(inStack));
  if (foreign !== undefined) {
    fail(source, `tensor ${foreign} is no part of the model that config.json describes`, { tensor: foreign });
  }
  return {
    shapes,
    read: (name) => source.readFloat32(storedName(name)),
    unused: others.filter((name) => name !== HEAD_NAME),
  };
}

/** Reads every parameter as float32. Throws `checkpoint`. */
export function loadParameters(config: GptConfig, source: TensorSource): Map<string, Float32Array> {
  const { shapes, read } = openParameters(config, source);
  return new Map([...shapes.keys()].map((name) => [name, read(name)]));
}

/**
 * The tensors that a model folder holds for these parameters: all of them, and zeros for the biases that the
 * architecture has and the model does not. Throws `model` if a parameter is missing or has another size.
 */
export function tensorsToWrite(
  config: GptConfig,
  parameters: ReadonlyMap<string, Float32Array>,
  dtype: WritableFloatDtype = 'F32',
): Map<string, TensorData> {
  const tensors = new Map<string, TensorData>();
  for (const [name, shape] of parameterShapes(config)) {
    const values = parameters.get(name);
    if (values === undefined) throw new ClozeError('model', `no values for parameter ${name}`);
    tensors.set(name, floatTensor(shape, values, dtype));
  }
  for (const [name, shape] of zeroBiases(config)) {
    tensors.set(name, floatTensor(shape, new Float32Array(shape[0]!), dtype));
  }
  return tensors;
}

/** Biases that are stored as zeros and are no parameters. */
function zeroBiases(config: GptConfig): [name: string, shape: number[]][] {
  const own = parameterShapes(config);
  return [...parameterShapes(storedConfig(config))].filter(([name]) => !own.has(name));
}

/** How the file names a parameter. */
function namesIn(
  config: GptConfig,
  source: TensorSource,
  shapes: ReadonlyMap<string, unknown>,
): (name: string) => string {
  const prefix = namePrefix(config.layout);
  const [embedding = ''] = shapes.keys();
  const bare = !source.has(embedding) && source.has(embedding.slice(prefix.length));
  return (name) => (bare && name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

function checkTensor(source: TensorSource, name: string, shape: readonly number[]): void {
  const expected = `[${shape.join(', ')}]`;
  if (!source.has(name)) {
    fail(source, `expected tensor ${name} ${expected}, which is missing`, { tensor: name });
  }
  const got = `[${source.info(name).shape.join(', ')}]`;
  if (got !== expected) {
    fail(source, `tensor ${name}: expected shape ${expected}, got ${got}`, { tensor: name });
  }
}

function checkZero(source: TensorSource, name: string): void {
  if (source.readFloat32(name).every((value) => value === 0)) return;
  fail(source, `tensor ${name} is not zero, but config.json says that the model has no such bias`, {
    tensor: name,
  });
}

function fail(source: TensorSource, message: string, details: Record<string, unknown>): never {
  throw new ClozeError('checkpoint', `${source.path}: ${message}`, {
    details: { path: source.path, ...details },
    hint: 'config.json and the weights must come from the same model',
  });
}
