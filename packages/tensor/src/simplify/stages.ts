import { type Node, type Stage, stageOf } from "../program.ts";

/** The stage of every node. */
export function stagesOf(nodes: readonly Node[]): Stage[] {
  const stages: Stage[] = [];
  for (const { operation, inputs } of nodes) {
    const operands = inputs.map((id) => stages[id]!);
    stages.push(stageOf(operation, operands));
  }
  return stages;
}
