/** Bits of one element, for every dtype of the safetensors format. */
const bits = {
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
  F32: 32,
  I32: 32,
  U32: 32,
  F16: 16,
  BF16: 16,
  I16: 16,
  U16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I8: 8,
  U8: 8,
  BOOL: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

export type Dtype = keyof typeof bits;

export const DTYPES: readonly Dtype[] = Object.keys(bits).filter(isDtype);

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(bits, name);
}

export function bitsOf(dtype: Dtype): number {
  return bits[dtype];
}

/** Elements of a shape ([] is a scalar: 1), or undefined past 2^53, where numbers stop being exact. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const dimension of shape) {
    count *= dimension;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** Bytes of a tensor, or undefined where these are not whole or not exact (sub-byte dtypes, huge shapes). */
export function byteCount(dtype: Dtype, shape: readonly number[]): number | undefined {
  const elements = elementCount(shape);
  if (elements === undefined) return undefined;
  const bytes = (elements * bits[dtype]) / 8;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A typed array as JavaScript has it; 16-bit floats stay as their bits, dtypes without one stay bytes. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/**
 * Little-endian bytes seen as the dtype's own typed array, without a copy. Every platform of ONNX Runtime is
 * little-endian, so no byte is ever swapped.
 */
export function typedView(dtype: Dtype, buffer: ArrayBuffer): TypedArray {
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
    case 'C64': // pairs: real, imaginary
      return new Float32Array(buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'U64':
      return new BigUint64Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'U16':
    case 'F16':
    case 'BF16':
      return new Uint16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
    case 'BOOL':
    case 'F8_E4M3':
    case 'F8_E5M2':
    case 'F8_E8M0':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F4':
      return new Uint8Array(buffer);
  }
}
