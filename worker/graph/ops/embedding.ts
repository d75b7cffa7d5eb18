/** Looking rows up in a table, and adding rows back into one. */
import { graphError, ONNX_TYPE, type Op, type Tensor } from '../tensor.ts';
import { add, cast, less, mul } from './elementwise.ts';
import { reshape, scalar, zeros } from './shape.ts';

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
  lower: (emit, { inputs: [base, ids, updates], inputTypes: [, type, rows] }) => {
    const column = emit.node('Reshape', [ids!, emit.constant('int64', [2], [type!.shape[0]!, 1])])[0]!;
    const wide = emit.node('Cast', [column], { attributes: { to: ONNX_TYPE.int64 } })[0]!;
    const attributes = { reduction: 'add' };
    if (emit.provider !== 'cpu') return emit.node('ScatterND', [base!, wide, updates!], { attributes });
    // the threads of ScatterND on `cpu` add to one row at once, and lose some of what they add
    const each = emit.node('Expand', [wide, emit.constant('int64', [2], rows!.shape)])[0]!;
    return emit.node('ScatterElements', [base!, each, updates!], { attributes: { axis: 0, ...attributes } });
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

/** As {@link gatherOp}, but the row `padding` gets no gradient. */
export const lookUpOp: Op<{ readonly padding: number }> = {
  name: 'lookUp',
  infer: (inputs) => gatherOp.infer(inputs, {}),
  lower: (emit, { inputs }) => emit.node('Gather', inputs, { attributes: { axis: 0 } }),
  vjp: {
    uses: 'inputs',
    rule: ({ cotangents: [g], inputs: [table, ids], params: { padding } }) => {
      const at = scalar(g!.graph, padding, 'int32');
      const counts = add(cast(less(ids!, at), g!.dtype), cast(less(at, ids!), g!.dtype)); // [N]
      const rows = mul(g!, reshape(counts, [ids!.shape[0]!, 1]));
      return [scatterAddRows(zeros(g!.graph, table!.shape, table!.dtype), ids!, rows), undefined];
    },
  },
  reference: (inputs) => gatherOp.reference(inputs, {}),
};

/**
 * Rows of a table, one of which stands for padding and learns nothing, as torch.nn.Embedding's `padding_idx`:
 * table [V, C], ids int32 [N] -> [N, C].
 */
export function lookUp(table: Tensor, ids: Tensor, padding: number): Tensor {
  return table.graph.apply(lookUpOp, [table, ids], { padding })[0]!;
}
