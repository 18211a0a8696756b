import type { Node, Operation, OperationOf, OpName } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { as, type Context } from "./context.ts";

/** A value whose row i depends on row index[i] of a table that does not change from step to step. */
interface Rows {
  readonly table: () => Node;
  readonly index: Node;
}

/**
 * Gather sinking: op(gather(table, index)) → gather(op(table), index) for operations that treat rows alone, where the
 * table and every other operand stay the same from step to step, so that op(table) is computed once. Sums and products sink,
 * unless a product makes rows much longer. Elementwise operations sink on their own only where they replace a computed table, since beside a data
 * set they would double its memory; below a product or sum they go with it.
 */
export function sinkGather(c: Context, operation: Operation, inputs: readonly Node[]): Node | undefined {
  const rows = lift(c, operation, inputs);
  if (rows === undefined) return undefined;
  const shrinks = operation.op === "matmul" || operation.op === "sum";
  if (!shrinks && !inputs.some((x) => replacesComputedTable(c, x))) return undefined;
  const table = rows.table();
  return c.stage(table) === 2 ? undefined : c.ops.apply({ op: "gather" }, [table, rows.index]);
}

function replacesComputedTable(c: Context, x: Node): boolean {
  const table = as(x, "gather") === undefined ? undefined : c.input(x, 0);
  return table !== undefined && c.stage(table) < 2 && table.inputs.length > 0;
}

/** What `rowsOf` found, so that values used many times are looked through once. */
const found = new WeakMap<Node, { readonly rows: Rows | undefined }>();

/** The value as rows of a table, if it is one. */
function rowsOf(c: Context, x: Node): Rows | undefined {
  const rows = found.get(x)?.rows ?? (found.has(x) ? undefined : findRows(c, x));
  found.set(x, { rows });
  return rows;
}

function findRows(c: Context, x: Node): Rows | undefined {
  const gather = as(x, "gather");
  if (gather === undefined)
    return c.stage(x) < 2
      ? undefined
      : lift(
          c,
          x.operation,
          x.inputs.map((id) => c.nodes[id]!),
        );
  const table = c.input(gather, 0);
  const index = c.input(gather, 1);
  return c.stage(table) < 2 && c.stage(index) === 2 && x.dtype === "float" ? { table: () => table, index } : undefined;
}

type Lift<K extends OpName> = (c: Context, operation: OperationOf<K>, inputs: readonly Node[]) => Rows | undefined;

const liftBelowRows = (c: Context, operation: OperationOf<"sum"> | OperationOf<"slice">, inputs: readonly Node[]): Rows | undefined =>
  operation.axis === 0 ? undefined : liftFirst(c, operation, inputs);

const liftProduct: Lift<"matmul"> = (c, operation, inputs) => {
  const columns = inputs[1]!.shape[operation.transposeB ? 0 : 1]!;
  return operation.transposeA || widens(inputs[0]!, columns) ? undefined : liftFirst(c, operation, inputs);
};

/** The operations that treat rows alone. */
const lifts: { readonly [K in OpName]?: Lift<K> } = {
  exp: liftFirst,
  log: liftFirst,
  tanh: liftFirst,
  sigmoid: liftFirst,
  relu: liftFirst,
  step: liftFirst,
  sqrt: liftFirst,
  square: liftFirst,
  affine: liftFirst,
  matmul: liftProduct,
  sum: liftBelowRows,
  slice: liftBelowRows,
  reshape: (c, { shape }, [x]) => liftReshape(c, shape, x!),
  add: liftBinary,
  sub: liftBinary,
  mul: liftBinary,
  div: liftBinary,
};

function lift(c: Context, operation: Operation, inputs: readonly Node[]): Rows | undefined {
  return (lifts[operation.op] as Lift<OpName> | undefined)?.(c, operation, inputs);
}

/** Whether gathering rows of `columns` elements is no cheaper than making them from the operand's. */
function widens(operand: Node, columns: number): boolean {
  return columns > 4 * operand.shape[1]!;
}

function liftFirst(c: Context, operation: Operation, [x, ...others]: readonly Node[]): Rows | undefined {
  if (others.some((other) => c.stage(other) === 2)) return undefined;
  const rows = rowsOf(c, x!);
  return rows && { index: rows.index, table: () => c.ops.apply(operation, [rows.table(), ...others]) };
}

function liftReshape(c: Context, shape: readonly number[], x: Node): Rows | undefined {
  if (shape[0] !== x.shape[0] || sizeOf(shape) !== sizeOf(x.shape)) return undefined;
  const rows = rowsOf(c, x);
  if (rows === undefined) return undefined;
  return {
    index: rows.index,
    table: () => {
      const table = rows.table();
      return c.ops.reshape(table, [table.shape[0]!, ...shape.slice(1)]);
    },
  };
}

/** Both operands by the same index, or one of them the same for every row. */
function liftBinary(c: Context, operation: Operation, [a, b]: readonly Node[]): Rows | undefined {
  const rank = Math.max(a!.shape.length, b!.shape.length);
  const [left, right] = [a!, b!].map((x) => (c.stage(x) === 2 && x.shape.length === rank ? rowsOf(c, x) : undefined));
  if (left !== undefined && right !== undefined) {
    return left.index === right.index ? { index: left.index, table: () => c.ops.apply(operation, [left.table(), right.table()]) } : undefined;
  }
  const rows = left ?? right;
  const other = left === undefined ? a! : b!;
  if (rows === undefined || c.stage(other) === 2 || (other.shape.length === rank && other.shape[0] !== 1)) return undefined;
  return { index: rows.index, table: () => c.ops.apply(operation, left === undefined ? [other, rows.table()] : [rows.table(), other]) };
}
