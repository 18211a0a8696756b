import { Sweep } from "@allot/spec";
import * as fc from "fast-check";

/** The labels of the active parameters. */
export type Point = Readonly<Record<string, string | number | boolean>>;

/** A rule as CEL and as what it means, written independently of each other. */
export interface Condition {
  readonly text: string;
  /** Parameters read without has(). */
  readonly reads: readonly string[];
  readonly holds: (point: Point) => boolean;
}

export interface Made {
  readonly name: string;
  readonly path: string;
  readonly role: "factor" | "tuned" | "blocked";
  readonly values: readonly (string | number | boolean)[];
  readonly when?: Condition;
}

/** A sweep and the parts it was made of, for a brute-force reading of it. */
export interface MadeSweep {
  readonly sweep: Sweep;
  readonly parameters: readonly Made[];
  readonly constraints: readonly Condition[];
  readonly baseline: Point;
  readonly design: "full" | "oneFactorAtATime";
  readonly replicates: number;
}

const base = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [8] },
  optimizer: { kind: "adam", learningRate: 0.01, steps: 1, batch: 10 },
};

/** Fields that any values may be crossed of; activation, bias and batch decide the program's shape. */
const fields = [
  { name: "model.activation", path: "model.activation", values: ["relu", "tanh", "sigmoid", "linear"] },
  { name: "bias", path: "model.bias", values: [true, false] },
  { name: "optimizer.batch", path: "optimizer.batch", values: [10, 20, 40, 80] },
  { name: "rate.0", path: "optimizer.learningRate", values: [0.001, 0.01, 0.1] },
  { name: "momentum", path: "optimizer.beta1", values: [0.5, 0.9] },
  { name: "luck", path: "seeds.fixed", values: [1, 2, 3] },
] as const;

/** A sweep over a study with the given parts of the spec. */
export function sweepOf(spec: Record<string, unknown>, study: Record<string, unknown> = {}): Sweep {
  return Sweep.parse({
    apiVersion: "allot.dev/v1alpha1",
    kind: "Sweep",
    metadata: { name: "made" },
    spec: { objective: { metric: "validation.loss", direction: "minimize" }, trainer: { study: { ...base, ...study } }, ...spec },
  });
}

type Field = Pick<Made, "name" | "values">;

/** `x == v`, or for numbers `x <= v`, on the parameter's value or its label, negated or not. */
function atom({ name, values }: Field): fc.Arbitrary<Condition> {
  return fc.record({ value: fc.constantFrom(...values), label: fc.boolean(), negated: fc.boolean() }).map(({ value, label, negated }) => {
    const subject = label ? `label('${name}')` : name;
    const literal = typeof value === "string" ? `'${value}'` : String(value);
    const text = typeof value === "number" ? `${subject} <= ${literal}` : `${subject} == ${literal}`;
    const plain = (point: Point) => (typeof value === "number" ? Number(point[name]) <= value : point[name] === value);
    return { text: negated ? `!(${text})` : text, reads: [name], holds: (point) => plain(point) !== negated };
  });
}

function guarded(field: Field): fc.Arbitrary<Condition> {
  return atom(field).map(({ text, holds }) => ({
    text: `(!has(${field.name}) || ${text})`,
    reads: [],
    holds: (point) => !(field.name in point) || holds(point),
  }));
}

/** Some parameters are read under has() throughout the rule, the others never. */
function condition(over: readonly Field[], atMost: number): fc.Arbitrary<Condition> {
  const parts = fc.subarray([...over]).chain((careful) => {
    const one = fc.constantFrom(...over).chain((field) => (careful.includes(field) ? guarded(field) : atom(field)));
    return fc.array(one, { minLength: 1, maxLength: atMost });
  });
  return fc.record({ parts, any: fc.boolean() }).map(({ parts: read, any }) => ({
    text: read.map(({ text }) => text).join(any ? " || " : " && "),
    reads: read.flatMap(({ reads }) => reads),
    holds: (point) => (any ? read.some((part) => part.holds(point)) : read.every((part) => part.holds(point))),
  }));
}

function parameter(field: (typeof fields)[number]): fc.Arbitrary<Made> {
  return fc
    .record({ role: fc.constantFrom<Made["role"]>("factor", "factor", "tuned", "blocked"), values: fc.shuffledSubarray([...field.values], { minLength: 1 }) })
    .map(({ role, values }) => ({ name: field.name, path: field.path, role, values }));
}

/** Adds conditions that read unconditional or earlier parameters; factors read factors. */
function withWhens(parameters: readonly Made[]): fc.Arbitrary<Made[]> {
  return fc.array(fc.boolean(), { minLength: parameters.length, maxLength: parameters.length }).chain((flags) => {
    const conditional = flags.map((flag, at) => flag && at > 0);
    const made = parameters.map((one, at): fc.Arbitrary<Made> => {
      const readable = parameters.filter(
        (other, from) => other !== one && (from < at || !conditional[from]) && (one.role !== "factor" || other.role === "factor"),
      );
      if (!conditional[at] || readable.length === 0) return fc.constant(one);
      return condition(readable, 2).map((when) => ({ ...one, when }));
    });
    return fc.tuple(...made);
  });
}

function baselineFor(parameters: readonly Made[], design: MadeSweep["design"]): fc.Arbitrary<Point> {
  const factors = parameters.filter(({ role }) => role === "factor");
  const minLength = design === "full" ? 0 : factors.length;
  return fc
    .tuple(fc.shuffledSubarray(factors, { minLength }), fc.array(fc.nat(), { minLength: 6, maxLength: 6 }))
    .map(([given, picks]) => Object.fromEntries(given.map(({ name, values }, at) => [name, values[picks[at]! % values.length]!])));
}

/** Sweeps of up to six parameters with random conditions, constraints, roles and baselines; many of them are to be refused. */
export const madeSweeps: fc.Arbitrary<MadeSweep> = fc
  .shuffledSubarray([...fields], { minLength: 1 })
  .chain((chosen) => fc.tuple(...chosen.map(parameter)))
  .chain(withWhens)
  .chain((parameters) => fc.tuple(fc.constant(parameters), fc.constantFrom<MadeSweep["design"]>("full", "full", "oneFactorAtATime")))
  .chain(([parameters, design]) =>
    fc.record({
      parameters: fc.constant(parameters),
      design: fc.constant(design),
      constraints: fc.array(condition(parameters, 3), { maxLength: 3 }),
      baseline: baselineFor(parameters, design),
      replicates: fc.integer({ min: 1, max: 3 }),
    }),
  )
  .map((made) => {
    const parameters = made.parameters.map(({ when, ...rest }) => ({ ...rest, ...(when && { when: when.text }) }));
    const { design, baseline } = made;
    const sweep = sweepOf({ parameters, constraints: made.constraints.map(({ text }) => text), design, baseline, replicates: { count: made.replicates } });
    return { ...made, sweep };
  });
