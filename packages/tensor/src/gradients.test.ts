import { describe, expect, test } from "vitest";
import { createBuilder } from "./builder.ts";
import { gradientRules } from "./gradient-rules.ts";
import { differentiate } from "./gradients.ts";
import { operationNames } from "./infer.ts";
import { createOps } from "./ops.ts";
import type { OpName, Program } from "./program.ts";
import { createSession, type Session } from "./session.ts";
import { type Case, cases, type Drawn, drawCase } from "./testing/operation-cases.ts";
import { trace } from "./trace.ts";

const differentiable = operationNames.filter((op) => typeof gradientRules[op] === "function" || gradientRules[op] === "zero");

/** loss = Σ weights ⊙ op(inputs), its gradients as outputs `g0`, `g1`, ... of the float inputs. */
function lossProgram(op: Case, drawn: Drawn): Program {
  const builder = createBuilder();
  const ops = createOps(builder);
  const inputs = drawn.inputs.map(({ shape, dtype }, i) => ops.apply({ op: "state", name: `x${i}`, shape, dtype }, []));
  const out = op.build(ops, inputs, drawn);
  const weights = ops.apply({ op: "constant", name: "weights", shape: out.shape, dtype: "float" }, []);
  const loss = ops.sum(ops.binary("mul", out, weights));
  const floats = inputs.filter((x) => x.dtype === "float");
  const outputs: Record<string, number> = { loss: loss.id };
  differentiate({ builder, ops }, loss, floats).forEach((gradient, i) => {
    expect(gradient.shape, `gradient ${i}`).toEqual(floats[i]!.shape);
    outputs[`g${inputs.indexOf(floats[i]!)}`] = gradient.id;
  });
  return { nodes: builder.nodes, outputs, effects: [] };
}

function lossAt(session: Session, values: Float64Array | Float32Array | Int32Array, [position, value]: [number, number]): number {
  const before = values[position]!;
  values[position] = value;
  session.run("loss", 0);
  values[position] = before;
  return session.view("loss/loss", 0)[0]!;
}

describe("the gradient of every operation is that of finite differences", () => {
  test("every differentiable operation has a case", () => {
    expect(Object.keys(cases).sort()).toEqual(expect.arrayContaining(differentiable));
  });

  for (const op of differentiable) {
    for (const round of [0, 1, 2]) {
      test(`${op}, shapes ${round + 1}`, () => {
        const drawn = drawCase(op, round);
        const session = createSession({ engine: "reference", programs: { loss: lossProgram(cases[op]!, drawn) }, trials: 1 });
        drawn.fill((name) => session.view(name, 0));
        session.run("loss", 0);
        const gradients = drawn.inputs.map(({ dtype }, i) => (dtype === "index" ? undefined : Float64Array.from(session.view(`loss/g${i}`, 0))));
        gradients.forEach((gradient, i) => {
          if (gradient === undefined) return;
          const values = session.view(`x${i}`, 0);
          for (let position = 0; position < values.length; position++) {
            const [x, h] = [values[position]!, 1e-5];
            const difference = (lossAt(session, values, [position, x + h]) - lossAt(session, values, [position, x - h])) / (2 * h);
            expect(Math.abs(gradient[position]! - difference), `operand ${i} element ${position}: ${gradient[position]} against ${difference}`).toBeLessThan(
              2e-8 * (1 + Math.abs(difference)) ** 2,
            );
          }
        });
      });
    }
  }

  test.each(operationNames.filter((op) => gradientRules[op] === "none" && cases[op] !== undefined))("%s says that it has no gradient", (op: OpName) => {
    expect(() => lossProgram(cases[op]!, drawCase(op, 0))).toThrow(`${op} is not differentiable`);
  });
});

describe("gradients", () => {
  test("a tensor the loss does not depend on gets zeros", () => {
    const program = trace((t) => {
      const [x, y] = [t.state("x", [2]), t.state("y", [3])];
      return { g: t.gradients(t.sum(x), [y])[0]! };
    });
    const session = createSession({ engine: "reference", programs: { program }, trials: 1 });
    session.run("program", 0);
    expect([...session.view("program/g", 0)]).toEqual([0, 0, 0]);
  });

  test("second derivatives come from differentiating twice", () => {
    const program = trace((t) => {
      const x = t.state("x", []);
      const [first] = t.gradients(t.mul(t.square(x), x), [x]);
      const [second] = t.gradients(first!, [x]);
      return { first: first!, second: second! };
    });
    const session = createSession({ engine: "reference", programs: { program }, trials: 1 });
    session.view("x", 0)[0] = 3;
    session.run("program", 0);
    expect(session.view("program/first", 0)[0]).toBeCloseTo(27, 12);
    expect(session.view("program/second", 0)[0]).toBeCloseTo(18, 12);
  });

  test("a loss that is no scalar is refused with its shape", () => {
    expect(() =>
      trace((t) => {
        const x = t.state("x", [2, 3]);
        return { g: t.gradients(x, [x])[0]! };
      }),
    ).toThrow("gradients: the loss must be a scalar, shape [2, 3]");
  });
});
