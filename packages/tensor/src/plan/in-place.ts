import type { Node, OpName } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { isContiguous } from "./layout.ts";
import type { Lowered } from "./lower.ts";

const overFirst: ReadonlySet<OpName> = new Set<OpName>([
  "exp",
  "log",
  "tanh",
  "sigmoid",
  "relu",
  "step",
  "gate",
  "sqrt",
  "square",
  "affine",
  "add",
  "sub",
  "mul",
  "div",
  "matmulAdd",
]);

/** The root whose memory the node's kernel could write its result over, were it not needed any more. */
export function overwritable(lowered: Lowered, node: Node): number | undefined {
  const { op } = node.operation;
  if (!overFirst.has(op)) return undefined;
  const candidates = op === "add" || op === "mul" ? [0, 1] : [0];
  const position = candidates.find((candidate) => fits(lowered, node, candidate));
  return position === undefined ? undefined : lowered.layouts[node.inputs[position]!]!.root;
}

/** Whether an operand fills its memory exactly as the result would, and no other operand reads that memory differently. */
function fits({ nodes, layouts }: Lowered, node: Node, position: number): boolean {
  const operand = nodes[node.inputs[position]!]!;
  const layout = layouts[operand.id]!;
  const whole = sizeOf(operand.shape) === sizeOf(node.shape) && sizeOf(nodes[layout.root]!.shape) === sizeOf(node.shape);
  if (!whole || !isContiguous(layout, operand.shape)) return false;
  const others = node.inputs.filter((_, other) => other !== position);
  return others.every((id) => layouts[id]!.root !== layout.root || (id === operand.id && node.operation.op !== "matmulAdd"));
}
