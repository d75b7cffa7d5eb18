/** The thin skin over onnxruntime-node: sessions, tensors, and outputs that land where they are wanted. */
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ClozeError, messageOf } from '../base/errors.ts';
import type { HalfType } from '../base/half.ts';
import { type DType, isHalf, type Shape } from '../graph/tensor.ts';
import type { ProviderName } from './provider.ts';

// What goes wrong is thrown, and said by whoever catches it; the library need not print it as well.
env.logLevel = 'fatal';

export type HostData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A dense value in the host's memory. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: HostData;
}

export interface SessionSettings {
  readonly provider: ProviderName;
  /** Threads inside one operator. */
  readonly threads: number;
  /** How long an idle thread looks for work before it sleeps, in microseconds; 0 is passive waiting. */
  readonly spinMicroseconds: number;
  /** Path prefix of a trace, if one is wanted. */
  readonly profile?: string | undefined;
}

/** Data of frozen states: in memory by name, and a folder with the files of the others. */
export interface ExternalData {
  readonly memory: ReadonlyMap<string, HostData>;
  readonly folder?: string | undefined;
}

/** Name of the output that {@link runInto} relies on. */
export const SENTINEL = 'cloze.sentinel';

/** Loads an ONNX model. `deviceOutputs` stay on the device between runs (GPU providers only). Throws `provider`. */
export async function openSession(
  bytes: Uint8Array,
  settings: SessionSettings,
  { external, deviceOutputs = [] }: { external?: ExternalData; deviceOutputs?: readonly string[] } = {},
): Promise<InferenceSession> {
  const { provider, threads, spinMicroseconds, profile } = settings;
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // A memory pattern is a second copy of the first run's arena: it took 60 % more memory and saved no time.
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4, // as above
    extra: {
      session: {
        intra_op: {
          allow_spinning: spinMicroseconds > 0 ? '1' : '0',
          spin_duration_us: String(spinMicroseconds),
        },
        force_spinning_stop: '1',
        inter_op: { allow_spinning: '0' },
        ...(external?.folder === undefined
          ? {}
          : { model_external_initializers_file_folder_path: external.folder }),
        // An op without a kernel on the GPU is an error here, not a silent copy to the CPU and back.
        ...(provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' }),
      },
    },
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    ...(deviceOutputs.length === 0
      ? {}
      : {
          preferredOutputLocation: Object.fromEntries(
            deviceOutputs.map((name) => [name, 'gpu-buffer' as const]),
          ),
        }),
    ...(external === undefined || external.memory.size === 0
      ? {}
      : { externalData: Array.from(external.memory, ([path, data]) => ({ path, data: bytesOf(data) })) }),
  };
  try {
    return await InferenceSession.create(bytes, options);
  } catch (error) {
    throw new ClozeError(
      'provider',
      `${provider} cannot load the program: ${withoutSource(messageOf(error))}`,
      {
        cause: error,
      },
    );
  }
}

/** A message of ONNX Runtime, without the place in its source. */
function withoutSource(message: string): string {
  return message.replace(/\/onnxruntime_src\/.* was false\. /s, '').trimEnd();
}

function bytesOf(data: HostData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Wraps host data without a copy; on `cpu` a run reads (and, as a fetch, writes) this very memory. */
export function wrap({ dtype, shape, data }: HostTensor): OrtTensor {
  return new OrtTensor(hostType(dtype), data as Float32Array, shape);
}

/** Throws `graph` for a type of 16 bits: bfloat16 does not exist in JavaScript, and programs cast to float32. */
function hostType(dtype: DType): Exclude<DType, HalfType> {
  if (isHalf(dtype)) throw new ClozeError('graph', `a ${dtype} value can not leave its program`);
  return dtype;
}

/** Zeroed host memory for a value. */
export function allocateHost(dtype: DType, shape: Shape): HostTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = {
    float32: () => new Float32Array(size),
    float64: () => new Float64Array(size),
    int32: () => new Int32Array(size),
    int64: () => new BigInt64Array(size),
    bool: () => new Uint8Array(size),
    uint8: () => new Uint8Array(size),
  }[hostType(dtype)]();
  return { dtype, shape, data };
}

/**
 * Runs a `cpu` session with every output written into the given tensors, and nothing returned.
 *
 * onnxruntime-node writes an output into a tensor that is passed as a fetch, and then copies it once more into
 * a new ArrayBuffer for the result object: 1.5 GB a step for a 124 M-parameter model. The copies are made in
 * the order of the outputs and only after the run is complete, and a sequence among them is refused. So a first
 * output that is a sequence ends the call before the first copy, and that error is the expected end of a run.
 * Should a later version accept sequences, the run just returns, slower and as correct; session.test.ts tells.
 */
export async function runInto(
  session: InferenceSession,
  feeds: Readonly<Record<string, OrtTensor>>,
  fetches: Readonly<Record<string, OrtTensor>>,
): Promise<void> {
  try {
    await session.run(feeds, { [SENTINEL]: null, ...fetches });
  } catch (error) {
    if (!messageOf(error).includes('Non tensor type')) throw runError(error);
  }
}

const released = new WeakSet<InferenceSession>();

/** Frees a session's memory; one that is free already is left alone. */
export async function closeSession(session: InferenceSession): Promise<void> {
  if (released.has(session)) return;
  released.add(session);
  await session.release();
}

/** Says a failed run in the user's words. */
export function runError(error: unknown): ClozeError {
  const text = messageOf(error);
  const lost = /device.*lost|lost.*device|GPU.*(removed|hung|reset)|VK_ERROR/i.test(text);
  return new ClozeError(
    'provider',
    lost ? `the GPU is gone: ${text}` : `the program failed while running: ${text}`,
    {
      cause: error,
      ...(lost ? { hint: 'resume from the last checkpoint, on the provider cpu if it happens again' } : {}),
    },
  );
}

export { OrtTensor };
export type { InferenceSession };
