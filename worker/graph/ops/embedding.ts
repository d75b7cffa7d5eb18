/** Looking rows up in a table, and adding rows back into one. */
import { graphError, ONNX_TYPE, type Op, type Tensor } from '../tensor.ts';
import { zeros } from './shape.ts';

type None = Readonly<Record<string, never>>;

export const scatterAddRowsOp: Op<None> = {
  name: 'scatterAddRows',
  infer: (inputs) => {
    const [base, ids, updates] = inputs;
    const fits =
      base!.shape.length === 2 &&
      ids!.shape.length === 1 &&
      updates!.shape.length === 2 &&
      updates!.shape[0] === ids!.shape[0] &&
      updates!.shape[1] === base!.shape[1];
    if (!fits) throw graphError('scatterAddRows', 'expected base [V, C], ids [N], updates [N, C]', inputs);
    return [{ dtype: base!.dtype, shape: base!.shape }];
  },
  lower: (emit, { inputs: [base, ids, updates], inputTypes: [, type] }) => {
    const column = emit.node('Reshape', [ids!, emit.constant('int64', [2], [type!.shape[0]!, 1])])[0]!;
    const wide = emit.node('Cast', [column], { attributes: { to: ONNX_TYPE.int64 } })[0]!;
    return emit.node('ScatterND', [base!, wide, updates!], { attributes: { reduction: 'add' } });
  },
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs: [, ids], wanted }) => [
      wanted[0] ? g : undefined,
      undefined,
      wanted[2] ? gather(g!, ids!) : undefined,
    ],
  },
  reference: ([base, ids, updates]) => {
    const data = base!.data.slice();
    const width = base!.shape[1]!;
    ids!.data.forEach((id, r) => {
      for (let c = 0; c < width; c++) data[id * width + c]! += updates!.data[r * width + c]!;
    });
    return [{ dtype: base!.dtype, shape: base!.shape, data }];
  },
};

/** base with updates[r] added to row ids[r]: base [V, C], ids int32 [N], updates [N, C] -> [V, C]. */
export function scatterAddRows(base: Tensor, ids: Tensor, updates: Tensor): Tensor {
  return base.graph.apply(scatterAddRowsOp, [base, ids, updates], {})[0]!;
}

export const gatherOp: Op<None> = {
  name: 'gather',
  infer: (inputs) => {
    const [table, ids] = inputs;
    if (table!.shape.length !== 2 || ids!.shape.length !== 1 || ids!.dtype !== 'int32') {
      throw graphError('gather', 'expected table [V, C] and int32 ids [N]', inputs);
    }
    return [{ dtype: table!.dtype, shape: [ids!.shape[0]!, table!.shape[1]!] }];
  },
  lower: (emit, { inputs }) => emit.node('Gather', inputs, { attributes: { axis: 0 } }),
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs: [table, ids] }) => [
      scatterAddRows(zeros(g!.graph, table!.shape, table!.dtype), ids!, g!),
      undefined,
    ],
  },
  reference: ([table, ids]) => {
    const width = table!.shape[1]!;
    const data = new Float64Array(ids!.data.length * width);
    ids!.data.forEach((id, r) => data.set(table!.data.subarray(id * width, (id + 1) * width), r * width));
    return [{ dtype: table!.dtype, shape: [ids!.data.length, width], data }];
  },
};

/** Rows of a table: table [V, C], ids int32 [N] -> [N, C]. */
export function gather(table: Tensor, ids: Tensor): Tensor {
  return table.graph.apply(gatherOp, [table, ids], {})[0]!;
}
