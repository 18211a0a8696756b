import { infer } from "../infer.ts";
import type { Effect, Node, Operation, OpName, Program } from "../program.ts";
import { accumulate } from "./accumulate.ts";
import { simplifyAffine, simplifyBinary, simplifyUnary } from "./arithmetic.ts";
import { type Context, createContext, type Rewrite } from "./context.ts";
import { sinkGather } from "./gather-sinking.ts";
import {
  simplifyBroadcast,
  simplifyConcat,
  simplifyGather,
  simplifyMatmul,
  simplifyPatches,
  simplifyPlace,
  simplifyReshape,
  simplifySlice,
  simplifySum,
  simplifyTranspose,
} from "./layout.ts";

const rules: { readonly [K in OpName]?: Rewrite<K> } = {
  exp: simplifyUnary,
  log: simplifyUnary,
  tanh: simplifyUnary,
  sigmoid: simplifyUnary,
  relu: simplifyUnary,
  step: simplifyUnary,
  sqrt: simplifyUnary,
  square: simplifyUnary,
  affine: simplifyAffine,
  add: simplifyBinary,
  sub: simplifyBinary,
  mul: simplifyBinary,
  div: simplifyBinary,
  reshape: simplifyReshape,
  broadcast: simplifyBroadcast,
  transpose: simplifyTranspose,
  slice: simplifySlice,
  place: simplifyPlace,
  concat: simplifyConcat,
  sum: simplifySum,
  matmul: simplifyMatmul,
  patches: simplifyPatches,
  gather: simplifyGather,
};

function rewrite(c: Context, operation: Operation, inputs: readonly Node[]): Node | undefined {
  const rule = rules[operation.op] as Rewrite | undefined;
  return rule?.(c, operation, inputs, infer(operation, inputs).shape) ?? sinkGather(c, operation, inputs);
}

/**
 * A program of the same results with less to do: constants folded, common subexpressions shared, `affine` chains merged,
 * transpositions folded into products, gathers sunk below what does not change from step to step, products added in
 * place, and dead code gone. Results agree up to rounding.
 */
export function simplify(program: Program): Program {
  const context = createContext(rewrite);
  const renamed: number[] = [];
  for (const id of live(program)) {
    const node = program.nodes[id]!;
    const inputs = node.inputs.map((x) => context.nodes[renamed[x]!]!);
    renamed[id] = context.ops.apply(node.operation, inputs).id;
  }
  return accumulate(withoutDeadCode(rename({ ...program, nodes: context.nodes }, renamed)));
}

/** Ids that outputs and effects need, ascending, and all slots: the host fills them whether they turn out to be needed or not. */
function live(program: Program): number[] {
  const slots = program.nodes.filter(({ operation }) => "name" in operation).map(({ id }) => id);
  const needed = new Set([...slots, ...Object.values(program.outputs), ...program.effects.flatMap((effect) => [...effect.states, ...effect.values])]);
  for (let id = program.nodes.length - 1; id >= 0; id--) {
    if (needed.has(id)) for (const input of program.nodes[id]!.inputs) needed.add(input);
  }
  return [...needed].sort((a, b) => a - b);
}

/** Outputs and effects by new ids. */
function rename(program: Program, renamed: readonly number[]): Program {
  return {
    nodes: program.nodes,
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, id]) => [name, renamed[id]!])),
    effects: program.effects.map(
      (effect): Effect => ({ ...effect, states: effect.states.map((id) => renamed[id]!), values: effect.values.map((id) => renamed[id]!) }),
    ),
  };
}

function withoutDeadCode(program: Program): Program {
  const nodes: Node[] = [];
  const renamed: number[] = [];
  for (const id of live(program)) {
    const node = program.nodes[id]!;
    renamed[id] = nodes.length;
    nodes.push({ ...node, id: nodes.length, inputs: node.inputs.map((x) => renamed[x]!) });
  }
  return rename({ ...program, nodes }, renamed);
}
