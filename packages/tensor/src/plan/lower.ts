import { createSharingBuilder } from "../builder.ts";
import { type Effect, type Node, type OpName, type Program, ProgramError, type Stage, stageOf } from "../program.ts";
import { rowMajor } from "../shape.ts";
import { addendRow, copyKind, isContiguous, type Layout, matrixStrides, viewOf } from "./layout.ts";

/** The programs of a session over one list of nodes, every operand in a layout its kernel takes. */
export interface Lowered {
  readonly nodes: readonly Node[];
  readonly layouts: readonly Layout[];
  readonly stages: readonly Stage[];
  readonly programs: Readonly<Record<string, Pick<Program, "outputs" | "effects">>>;
}

const views: ReadonlySet<OpName> = new Set<OpName>(["reshape", "transpose", "slice", "broadcast"]);
const elementwiseBinary: ReadonlySet<OpName> = new Set<OpName>(["add", "sub", "mul", "div"]);

type Fits = (layout: Layout, shape: readonly number[]) => boolean;
const anyLayout: Fits = () => true;
const matrix: Fits = (layout, shape) => matrixStrides(layout, shape) !== undefined;

/** Matrices one after another, however far apart. */
const matrices: Fits = (layout, shape) => matrix({ ...layout, strides: layout.strides.slice(1) }, shape.slice(1));

const addend: Fits = (layout, shape) => addendRow(layout, shape) !== undefined;

/** What a kernel asks of its operand's layout. */
function wants(op: OpName, position: number): Fits {
  if (elementwiseBinary.has(op) || views.has(op) || op === "copy") return anyLayout;
  if (op === "matmulAdd" && position === 0) return addend;
  if (op === "batchMatmul") return matrices;
  if (op === "matmul" || op === "gram" || op === "matmulAdd") return matrix;
  return isContiguous;
}

interface Lowering {
  readonly nodes: readonly Node[];
  readonly layouts: Layout[];
  readonly stages: Stage[];
  add(operation: Node["operation"], inputs: readonly Node[]): Node;
  /** A copy that is made at every run, whatever it copies. */
  copyNow(x: Node): Node;
  /** `x`, or a copy of it in a layout that fits. */
  fitting(x: Node, fits: Fits): Node;
}

function createLowering(): Lowering {
  const shared = createSharingBuilder();
  const layouts: Layout[] = [];
  const stages: Stage[] = [];
  const note = (node: Node): Node => {
    stages[node.id] ??= stageOf(
      node.operation,
      node.inputs.map((x) => stages[x]!),
    );
    layouts[node.id] ??= layoutOf(shared.nodes, layouts, node);
    return node;
  };
  // A walk that no copying kernel does is done by multiplying with one.
  const copying = (x: Node): [Node["operation"], Node[]] => {
    if (x.dtype === "index") throw new ProgramError("slice: indexes lie side by side only when sliced along their first axis");
    if (copyKind(layouts[x.id]!.strides, x.shape) !== undefined) return [{ op: "copy" }, [x]];
    return [{ op: "mul" }, [x, note(shared.add({ op: "fill", value: 1, shape: [] }, []))]];
  };
  const fitting: Lowering["fitting"] = (x, fits) => (fits(layouts[x.id]!, x.shape) ? x : note(shared.add(...copying(x))));
  const add: Lowering["add"] = (operation, inputs) => {
    const operands = inputs.map((x, position) => fitting(x, wants(operation.op, position)));
    if (operation.op === "reshape" && viewOf(operation, layouts[operands[0]!.id]!, operands[0]!.shape) === undefined) {
      return add(operation, [fitting(operands[0]!, isContiguous)]);
    }
    return note(shared.add(operation, operands));
  };
  const copyNow = (x: Node): Node => {
    const [operation, inputs] = copying(x);
    const node: Node = { ...x, id: shared.nodes.length, operation, inputs: inputs.map((input) => input.id) };
    shared.nodes.push(node);
    stages[node.id] = 2;
    return note(node);
  };
  return { nodes: shared.nodes, layouts, stages, add, copyNow, fitting };
}

function layoutOf(nodes: readonly Node[], layouts: readonly Layout[], node: Node): Layout {
  if (views.has(node.operation.op)) {
    const operand = node.inputs[0]!;
    return viewOf(node.operation, layouts[operand]!, nodes[operand]!.shape)!;
  }
  if (node.operation.op === "fill") return { root: node.id, offset: 0, strides: node.shape.map(() => 0) };
  return { root: node.id, offset: 0, strides: rowMajor(node.shape) };
}

/** Joins programs into one list of nodes, inserting copies where a kernel could not read an operand as it lies. */
export function lower(programs: Readonly<Record<string, Program>>): Lowered {
  const lowering = createLowering();
  const lowered = Object.entries(programs).map(([name, program]) => [name, lowerProgram(lowering, program)] as const);
  return { nodes: lowering.nodes, layouts: lowering.layouts, stages: lowering.stages, programs: Object.fromEntries(lowered) };
}

function lowerProgram(lowering: Lowering, program: Program): Pick<Program, "outputs" | "effects"> {
  const renamed: Node[] = [];
  for (const node of program.nodes) {
    renamed[node.id] = lowering.add(
      node.operation,
      node.inputs.map((x) => renamed[x]!),
    );
  }
  const states = new Set(program.effects.flatMap((effect) => effect.states.map((id) => renamed[id]!.id)));
  return { outputs: lowerOutputs(lowering, program, renamed), effects: program.effects.map((effect) => lowerEffect(lowering, effect, { renamed, states })) };
}

/** Every output gets a node that can be computed straight into the output's memory. */
function lowerOutputs(lowering: Lowering, program: Program, renamed: readonly Node[]): Record<string, number> {
  const claimed = new Set<number>();
  const outputs = Object.entries(program.outputs).map(([name, id]) => {
    const node = renamed[id]!;
    const { root } = lowering.layouts[node.id]!;
    const direct = root === node.id && node.inputs.length > 0 && lowering.stages[root] === 2 && !claimed.has(root);
    const output = direct ? node : lowering.copyNow(node);
    claimed.add(output.id);
    return [name, output.id] as const;
  });
  return Object.fromEntries(outputs);
}

/** Values read by an effect are row-major, and not in a state that some effect of the program overwrites. */
function lowerEffect(lowering: Lowering, effect: Effect, { renamed, states }: { renamed: readonly Node[]; states: ReadonlySet<number> }): Effect {
  const values = effect.values.map((id) => {
    const value = lowering.fitting(renamed[id]!, isContiguous);
    return (states.has(lowering.layouts[value.id]!.root) ? lowering.copyNow(value) : value).id;
  });
  return { effect: effect.effect, states: effect.states.map((id) => renamed[id]!.id), values };
}
