import type { Effect, Node } from "../program.ts";
import type { Lowered } from "./lower.ts";

/** One thing a run does: compute a node into its memory, or apply an effect. Reads and writes are the ids of roots. */
export interface Item {
  readonly node?: Node;
  readonly effect?: Effect;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

/** Nodes that compute something into memory of their own, as opposed to slots and views. */
function isComputed({ layouts }: Pick<Lowered, "layouts">, node: Node): boolean {
  return layouts[node.id]!.root === node.id && (node.inputs.length > 0 || node.operation.op === "fill");
}

/** Ids of the nodes of at least stage `stage` that `goals` need, ascending, and the roots below that stage they read. */
export function reach(lowered: Lowered, goals: readonly number[], stage: number): { ids: number[]; below: Set<number> } {
  const seen = new Set<number>();
  const below = new Set<number>();
  const open = [...goals];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    const { root } = lowered.layouts[id]!;
    if (lowered.stages[id]! < stage) {
      if (isComputed(lowered, lowered.nodes[root]!)) below.add(root);
      continue;
    }
    seen.add(id);
    open.push(...lowered.nodes[id]!.inputs);
  }
  return { ids: [...seen].sort((a, b) => a - b), below };
}

/** The computations among `ids`, in order. */
export function computations(lowered: Lowered, ids: readonly number[]): Item[] {
  const nodes = ids.map((id) => lowered.nodes[id]!).filter((node) => isComputed(lowered, node));
  return nodes.map((node) => ({ node, reads: node.inputs.map((x) => lowered.layouts[x]!.root), writes: [node.id] }));
}

/**
 * Puts every effect right behind the last computation that reads what it writes or makes what it reads: the same
 * results as running it at the end, with gradients living shorter.
 */
export function withEffects(lowered: Lowered, items: readonly Item[], effects: readonly Effect[]): Item[] {
  const behind: Item[][] = items.map(() => []);
  const first: Item[] = [];
  for (const effect of effects) {
    const roots = (ids: readonly number[]): number[] => ids.map((id) => lowered.layouts[id]!.root);
    const item: Item = { effect, reads: roots(effect.values), writes: roots(effect.states) };
    const last = items.findLastIndex(
      ({ reads, writes }) => item.writes.some((root) => reads.includes(root)) || item.reads.some((root) => writes.includes(root)),
    );
    (behind[last] ?? first).push(item);
  }
  return [...first, ...items.flatMap((item, index) => [item, ...behind[index]!])];
}
