import { type DType, type Node, ProgramError, type SlotKind } from "../program.ts";
import { type Shape, sameShape, show, sizeOf } from "../shape.ts";

/** A slot as the programs of a session declare it; of streams `elements` is the whole buffer, of which programs read windows. */
export interface Slot {
  readonly kind: SlotKind;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly elements: number;
}

export type SlotNode = Node & { readonly operation: { readonly op: SlotKind; readonly name: string } };

export function isSlot(node: Node): node is SlotNode {
  return "name" in node.operation;
}

/** The slots of joined programs by name, in the order of their first mention; `streams` as in a session's options. Throws ProgramError where they clash. */
export function declaredSlots(nodes: readonly Node[], streams: Readonly<Record<string, number>>): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  for (const node of nodes.filter(isSlot)) {
    const { op: kind, name } = node.operation;
    const { shape, dtype } = node;
    const before = slots.get(name);
    checkClash(node, before);
    const elements = kind === "stream" ? Math.max(streams[name] ?? 0, sizeOf(shape), before?.elements ?? 0) : sizeOf(shape);
    slots.set(name, { kind, shape, dtype, elements });
  }
  return slots;
}

function checkClash(node: SlotNode, before: Slot | undefined): void {
  if (before === undefined) return;
  const { op, name } = node.operation;
  const same = before.kind === op && before.dtype === node.dtype && (op === "stream" || sameShape(before.shape, node.shape));
  if (!same)
    throw new ProgramError(`slot ${name}: a ${op} of shape ${show(node.shape)} in one program, a ${before.kind} of shape ${show(before.shape)} in another`);
}
