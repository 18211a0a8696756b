import type { Builder } from "./builder.ts";
import { type GradientRule, gradientRules } from "./gradient-rules.ts";
import type { Ops } from "./ops.ts";
import { type Node, type OpName, ProgramError, type Tensor } from "./program.ts";
import { ShapeError, show } from "./shape.ts";

/**
 * Reverse-mode differentiation of the program so far: the gradients of a scalar with respect to each of `wrt`, as new
 * nodes. Only what lies between `wrt` and the loss is differentiated; a tensor the loss does not depend on gets zeros.
 * Throws ProgramError where an operation without a gradient lies in between.
 */
export function differentiate(context: { builder: Builder; ops: Ops }, loss: Tensor, wrt: readonly Tensor[]): Node[] {
  const { builder, ops } = context;
  if (loss.shape.length !== 0) throw new ShapeError(`gradients: the loss must be a scalar, shape ${show(loss.shape)}; sum or average it first`);
  const dependent = dependents(builder.nodes, wrt, loss.id);
  const adjoints = new Map<number, Node>([[loss.id, ops.fill(1, [])]]);
  for (let id = loss.id; id >= 0; id--) {
    const upstream = adjoints.get(id);
    if (upstream === undefined || !dependent.has(id)) continue;
    const node = builder.nodes[id]!;
    node.inputs.forEach((input, position) => {
      if (!dependent.has(input)) return;
      const inputs = node.inputs.map((x) => builder.nodes[x]!);
      const contribution = contribute({ ops, node, inputs, upstream }, position);
      if (contribution === undefined) return;
      const before = adjoints.get(input);
      adjoints.set(input, before === undefined ? contribution : ops.binary("add", before, contribution));
    });
  }
  return wrt.map((x) => adjoints.get(x.id) ?? ops.fill(0, x.shape));
}

/** Ids up to `last` that depend on one of `wrt`, these included. */
function dependents(nodes: readonly Node[], wrt: readonly Tensor[], last: number): Set<number> {
  const found = new Set<number>();
  for (const x of wrt) {
    if (nodes[x.id] !== x) throw new ProgramError("gradients: a tensor of another program was given");
    if (x.dtype === "index") throw new ProgramError("gradients: indexes have no gradient");
    found.add(x.id);
  }
  for (let id = 0; id <= last; id++) {
    const node = nodes[id]!;
    if (node.dtype === "float" && node.inputs.some((input) => found.has(input))) found.add(id);
  }
  return found;
}

function contribute(adjoint: Parameters<GradientRule<OpName>>[0], position: number): Node | undefined {
  const { operation } = adjoint.node;
  const rule = gradientRules[operation.op];
  if (rule === "leaf" || rule === "zero") return undefined;
  if (rule === "none") throw new ProgramError(`${operation.op} is not differentiable`);
  return (rule as GradientRule<OpName>)(adjoint, position, operation);
}
