/** Exported ONNX models as another program runs them: onnxruntime-node by itself, with nothing of Cloze. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

export type Values = Readonly<Record<string, Tensor>>;

/** int64 [rows, columns]. */
export function int64(rows: readonly (readonly number[])[]): Tensor {
  const data = BigInt64Array.from(rows.flat(), BigInt);
  return new Tensor('int64', data, [rows.length, rows[0]!.length]);
}

export function openSession(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, { intraOpNumThreads: 1 });
}

export function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`expected float32, got ${tensor?.type ?? 'nothing'}`);
}

/** A decoder with its cache. */
export class OnnxDecoder {
  readonly #session: InferenceSession;
  #past: Values;
  #mask: readonly (readonly number[])[];

  private constructor(session: InferenceSession, batch: number) {
    this.#session = session;
    this.#mask = Array.from({ length: batch }, () => []);
    const empty = session.inputMetadata.flatMap((input): [string, Tensor][] => {
      if (!input.name.startsWith('past_key_values.') || !input.isTensor) return [];
      const [, heads, , width] = input.shape;
      return [[input.name, new Tensor('float32', [], [batch, Number(heads), 0, Number(width)])]];
    });
    this.#past = Object.fromEntries(empty);
  }

  static async open(path: string, batch = 1): Promise<OnnxDecoder> {
    return new OnnxDecoder(await openSession(path), batch);
  }

  /** Logits [T, V] of each row for tokens after those that it has read; `mask` has 0 where there is padding. */
  async read(
    ids: readonly (readonly number[])[],
    mask = ids.map((row) => row.map(() => 1)),
  ): Promise<Float32Array[]> {
    const before = this.#mask;
    this.#mask = before.map((row, i) => [...row, ...mask[i]!]);
    const positions = this.#mask.map((row, i) => {
      let count = -1;
      return row.map((real) => Math.max(0, (count += real))).slice(before[i]!.length);
    });
    const { logits, ...present } = await this.#session.run({
      input_ids: int64(ids),
      attention_mask: int64(this.#mask),
      position_ids: int64(positions),
      ...this.#past,
    });
    this.#past = Object.fromEntries(
      Object.entries(present).map(([name, value]) => [name.replace('present', 'past_key_values'), value]),
    );
    const all = floats(logits);
    const each = all.length / ids.length;
    return ids.map((_, row) => all.subarray(row * each, (row + 1) * each));
  }
}
