import { createSharingBuilder } from "../builder.ts";
import { isSlot } from "../plan/slots.ts";
import type { Effect, Node, Program, Stage } from "../program.ts";
import { stagesOf } from "../simplify/stages.ts";
import { type Schedule, schedule } from "./schedule.ts";

/** A session's programs over one list of nodes, in the order in which each computes them. */
export interface Joined {
  readonly nodes: readonly Node[];
  readonly stages: readonly Stage[];
  readonly programs: Readonly<Record<string, JoinedProgram>>;
  /** What changes only with shared data and constants: computed when they do, and kept. */
  readonly frozen: Schedule;
  readonly kept: ReadonlySet<number>;
}

export interface JoinedProgram extends Pick<Program, "outputs" | "effects"> {
  readonly schedule: Schedule;
}

/** Joins programs; equal computations become one. */
export const join = (programs: Readonly<Record<string, Program>>): Joined => {
  const builder = createSharingBuilder();
  const renamed = Object.entries(programs).map(([name, program]) => [name, added(program, builder)] as const);
  const { nodes } = builder;
  const stages = stagesOf(nodes);
  const given = (id: number): boolean => isSlot(nodes[id]!) || stages[id]! < 2;
  const joined = renamed.map(([name, { outputs, effects }]) => {
    const goals = [...Object.values(outputs), ...effects.flatMap((effect) => [...effect.states, ...effect.values])];
    return [name, { outputs, effects, schedule: schedule(nodes, goals, given) }] as const;
  });
  const kept = new Set(joined.flatMap(([, program]) => program.schedule.given).filter((id) => !isSlot(nodes[id]!)));
  const frozen = schedule(nodes, [...kept], (id) => isSlot(nodes[id]!));
  return { nodes, stages, programs: Object.fromEntries(joined), frozen, kept };
};

const added = (program: Program, builder: ReturnType<typeof createSharingBuilder>): Pick<Program, "outputs" | "effects"> => {
  const renamed: Node[] = [];
  for (const { id, operation, inputs } of program.nodes) {
    const operands = inputs.map((x) => renamed[x]!);
    renamed[id] = builder.add(operation, operands);
  }
  const ids = (old: readonly number[]): number[] => old.map((id) => renamed[id]!.id);
  return {
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, id]) => [name, renamed[id]!.id])),
    effects: program.effects.map((effect): Effect => ({ ...effect, states: ids(effect.states), values: ids(effect.values) })),
  };
};
