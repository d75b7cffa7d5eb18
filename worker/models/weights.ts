import { isDeepStrictEqual } from 'node:util';
import { ClozeError } from '../base/errors.ts';
import type { WritableFloatDtype } from '../checkpoints/floats.ts';
import type { TensorData } from '../checkpoints/safetensors.ts';
import { floatTensor } from '../checkpoints/safetensors.ts';
import {
  float32Chunks,
  type TensorInfo,
  type TensorPlace,
  type TensorSource,
} from '../checkpoints/source.ts';
import { isEncoderLayout } from './bert-config.ts';
import { STACK_NAMES } from './bert-layout.ts';
import { isEncoder, type ModelConfig } from './config.ts';
import { storedConfig } from './huggingface.ts';
import { initialValues, type NamedWeights } from './initialise.ts';
import { HEAD_NAME, namePrefix, parameterShapes } from './layout.ts';

/** Constants, and second copies of tied tensors, that files of older versions of transformers hold beside the parameters. */
const BUFFERS =
  /\.(attn\.(masked_)?bias|rotary_emb\.inv_freq)$|(^|\.)embeddings\.(position_ids|token_type_ids)$|^(cls\.predictions|lm_head)\.decoder\.(weight|bias)$|^vocab_projector\.weight$/;

/** A model's parameters in a file: found, and their shapes checked. */
export interface StoredParameters {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** One parameter as float32. Throws `checkpoint`. */
  readonly read: (name: string) => Float32Array;
  /** What the file has in the place of a parameter. */
  readonly stored: (name: string) => TensorInfo & { readonly place: TensorPlace | undefined };
  /** The same in pieces of a few MB, for what needs no more than one at a time. */
  readonly chunks: (name: string) => Iterable<Float32Array<ArrayBuffer>>;
  /** Tensors of other heads, which the file has and the model does not. */
  readonly unused: readonly string[];
}

/**
 * Matches the tensors of a file with the parameters of a configuration; names of the bare stack, without
 * 'transformer.', 'model.' or 'bert.', are accepted too, and BERT's first names. Throws `checkpoint` on a tensor that
 * is missing, has another shape, or belongs to another architecture.
 */
export function openParameters(config: ModelConfig, source: TensorSource): StoredParameters {
  const shapes = parameterShapes(config);
  const storedName = namesIn(config, source, shapes);
  for (const [name, shape] of shapes) checkTensor(source, storedName(name), shape);
  const zeros = checkedZeros(config, source, storedName);
  const read = new Set([...[...shapes.keys()].map(storedName), ...zeros]);
  requireUse(source, read);
  return {
    shapes,
    read: (name) => source.readFloat32(storedName(name)),
    stored: (name) => ({ ...source.info(storedName(name)), place: source.place(storedName(name)) }),
    chunks: (name) => float32Chunks(source, storedName(name)),
    unused: unusedTensors(config, source, read, storedName),
  };
}

/** Where training a model with another head than the file's begins. */
export interface StartingPoint {
  /** Each parameter: the file's, or where it has none, an initial value that is a function of the seed. */
  readonly weights: (seed: number) => Generator<NamedWeights>;
  /** Parameters of the head that the file does not have. */
  readonly initialised: readonly string[];
  /** Tensors of the file that the model does not use. */
  readonly unused: readonly string[];
}

/**
 * As {@link openParameters}, for an encoder whose head may be another than that of the file, `stored`: the stack must
 * be there, a head need not be. Classes that are not the same in number, order and name begin anew. Throws `checkpoint`.
 */
export function startFrom(config: ModelConfig, stored: ModelConfig, source: TensorSource): StartingPoint {
  const shapes = parameterShapes(config);
  const storedName = namesIn(config, source, shapes);
  const isRead = (name: string): boolean =>
    isBody(config, name) ||
    (isSameHead(name, config, stored) && hasShape(source, storedName(name), shapes.get(name)!));
  const read = new Map([...shapes].filter(([name]) => isRead(name)));
  for (const [name, shape] of read) checkTensor(source, storedName(name), shape);
  const zeros = checkedZeros(config, source, storedName);
  return {
    *weights(seed) {
      for (const [name, shape] of shapes) {
        const own = read.has(name);
        const data = own ? source.readFloat32(storedName(name)) : initialValues(config, name, shape, seed);
        yield { name, shape, data };
      }
    },
    initialised: [...shapes.keys()].filter((name) => !read.has(name)),
    unused: unusedTensors(
      config,
      source,
      new Set([...[...read.keys()].map(storedName), ...zeros]),
      storedName,
    ),
  };
}

/** The file's tensors for biases that the model does without: they must be zero. Throws `checkpoint`. */
function checkedZeros(
  config: ModelConfig,
  source: TensorSource,
  storedName: (name: string) => string,
): string[] {
  const zeros = [...zeroBiases(config)].map(([name]) => storedName(name)).filter((name) => source.has(name));
  for (const name of zeros) checkZero(source, name);
  return zeros;
}

/** Heads of classes share their names: only the same head over the same labels means the same by them. */
function isSameHead(name: string, config: ModelConfig, stored: ModelConfig): boolean {
  if (!name.startsWith('classifier.')) return true;
  if (!isEncoder(config) || !isEncoder(stored)) return false;
  return config.head === stored.head && isDeepStrictEqual(config.labels, stored.labels);
}

/** Whether a parameter is part of the stack, and not of a head or the pooler. */
function isBody({ layout }: Pick<ModelConfig, 'layout'>, name: string): boolean {
  if (!isEncoderLayout(layout)) return true;
  return stackParts(layout).some((part) => name.startsWith(namePrefix(layout) + part));
}

/** What the names of the stack's parameters begin with, after the prefix. */
function stackParts(layout: ModelConfig['layout']): string[] {
  return isEncoderLayout(layout) ? ['embeddings.', `${STACK_NAMES[layout].stack}.`] : [''];
}

/** What an adapter has learned must not be left out in silence. Throws `checkpoint`. */
function requireUse(source: TensorSource, read: ReadonlySet<string>): void {
  const unread = source.required?.find((name) => !read.has(name));
  if (unread === undefined) return;
  throw new ClozeError(
    'checkpoint',
    `${source.path}: the adapter has ${unread}, which its model has no place for`,
    {
      hint: 'config.json beside adapter_config.json must name the head that the adapter was trained with',
      details: { path: source.path, tensor: unread },
    },
  );
}

/** Tensors of other heads. Throws `checkpoint` on one that belongs to another stack. */
function unusedTensors(
  config: ModelConfig,
  source: TensorSource,
  read: ReadonlySet<string>,
  storedName: (name: string) => string,
): string[] {
  const others = source.names.filter((name) => !read.has(name) && !BUFFERS.test(name));
  const prefix = namePrefix(config.layout);
  const stack = stackParts(config.layout).map((part) => storedName(prefix + part));
  const foreign = others.find((name) => name !== HEAD_NAME && stack.some((start) => name.startsWith(start)));
  if (foreign !== undefined) {
    fail(source, `tensor ${foreign} is no part of the model that config.json describes`, { tensor: foreign });
  }
  return others.filter((name) => name !== HEAD_NAME);
}

/** Reads every parameter as float32. Throws `checkpoint`. */
export function loadParameters(config: ModelConfig, source: TensorSource): Map<string, Float32Array> {
  const { shapes, read } = openParameters(config, source);
  return new Map([...shapes.keys()].map((name) => [name, read(name)]));
}

/**
 * The tensors that a model folder holds for these parameters: all of them, and zeros for the biases that the
 * architecture has and the model does not. Throws `model` if a parameter is missing or has another size.
 */
export function tensorsToWrite(
  config: ModelConfig,
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
function zeroBiases(config: ModelConfig): [name: string, shape: number[]][] {
  const own = parameterShapes(config);
  return [...parameterShapes(storedConfig(config))].filter(([name]) => !own.has(name));
}

/** How the file names a parameter. */
function namesIn(
  config: ModelConfig,
  source: TensorSource,
  shapes: ReadonlyMap<string, unknown>,
): (name: string) => string {
  const prefix = namePrefix(config.layout);
  const [embedding = ''] = shapes.keys();
  const bare = !source.has(embedding) && source.has(embedding.slice(prefix.length));
  return (name) => {
    const placed = bare && name.startsWith(prefix) ? name.slice(prefix.length) : name;
    return [placed, ...olderNames(placed)].find((each) => source.has(each)) ?? placed;
  };
}

/** What BERT's files once called a parameter. */
function olderNames(name: string): string[] {
  const tensorFlow = name
    .replace(/LayerNorm\.weight$/, 'LayerNorm.gamma')
    .replace(/LayerNorm\.bias$/, 'LayerNorm.beta');
  return [tensorFlow, name.replace(/^(cls\.predictions|lm_head)\.bias$/, '$1.decoder.bias')];
}

function hasShape(source: TensorSource, name: string, shape: readonly number[]): boolean {
  return source.has(name) && isDeepStrictEqual(source.info(name).shape, shape);
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
