import { type Emitter, isHalf, type LowerArgs, ONNX_TYPE, type ValueType } from '../tensor.ts';

/**
 * Lowers an op of one output so that operands of 16 bits are computed with in float32, and only the result is rounded: for
 * sums, and for chains of ONNX nodes, each of which would round.
 */
export function loweredInFloat32<P>(
  emit: Emitter,
  args: LowerArgs<P>,
  lower: (args: LowerArgs<P>) => string[],
): string[] {
  const { dtype } = args.outputTypes[0]!;
  if (!isHalf(dtype)) return lower(args);
  const wide = (type: ValueType): ValueType => (isHalf(type.dtype) ? { ...type, dtype: 'float32' } : type);
  const castTo = (name: string, to: 'float32' | typeof dtype): string =>
    emit.node('Cast', [name], { attributes: { to: ONNX_TYPE[to] } })[0]!;
  const [result] = lower({
    ...args,
    inputs: args.inputs.map((name, i) =>
      isHalf(args.inputTypes[i]!.dtype) ? castTo(name, 'float32') : name,
    ),
    inputTypes: args.inputTypes.map(wide),
    outputTypes: args.outputTypes.map(wide),
  });
  return [castTo(result!, dtype)];
}
