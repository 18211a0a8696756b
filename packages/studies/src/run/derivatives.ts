import { createSession, type EngineName, type Program, type Session, trace } from "@allot/tensor";
import type { MaskDraw } from "../allocation/masks.ts";
import { StudyError } from "../errors.ts";
import { type Effective, sizeOf } from "../models/tensors.ts";
import type { Start } from "../parametrisation/memory.ts";
import type { Parametrised } from "../parametrisation/parametrised.ts";
import type { Problem } from "../problems/problem.ts";
import type { TrialSetup } from "./run.ts";

export interface DerivativeOptions {
  readonly problem: Problem;
  readonly setup: TrialSetup;
  /** Every tensor of the model, unmasked. */
  readonly parametrised: readonly Parametrised[];
  /** Content of every part. */
  readonly parts: Start["parts"];
}

/** What the outputs are multiplied with before they are summed. */
const weights = "weights";

/** The outputs themselves, and gradients in all trained parts, by their names: of the loss, or of the outputs times `weights`. */
const programOf = ({ problem, parametrised }: DerivativeOptions, of: "loss" | "outputs"): Program =>
  trace((t) => {
    const bound = parametrised.map(({ tensor, bind }) => ({ name: tensor.name, ...bind(t) }));
    const learnable = bound.flatMap((one) => one.learnable);
    const { loss, outputs } = problem.atStart.trace(t, new Map(bound.map((one): [string, Effective] => [one.name, one.effective])));
    const gradients = t.gradients(
      of === "loss" ? loss : t.sum(t.mul(outputs, t.state(weights, outputs.shape))),
      learnable.map(({ tensor }) => tensor),
    );
    return { loss, ...(of === "outputs" && { outputs }), ...Object.fromEntries(learnable.map(({ name }, i) => [name, gradients[i]!])) };
  });

/** Ranks need float64; a gradient needs no more than the study, and no less on another engine. */
const engineFor = ({ setup }: DerivativeOptions, of: "loss" | "outputs"): EngineName =>
  of === "outputs" || setup.study.dtype === "f64" ? "reference" : "wasm";

/** Uses a session at the trial's start. */
const atStart = <T>(options: DerivativeOptions, of: "loss" | "outputs", use: (session: Session) => T): T => {
  const { problem, setup, parametrised, parts } = options;
  const session = createSession({ engine: engineFor(options, of), programs: { [of]: programOf(options, of) }, trials: 1 });
  try {
    for (const { start } of parametrised) for (const [slot, content] of start({ parts, masks: new Map() })) session.view(slot, 0).set(content);
    problem.atStart.fill(session, setup);
    session.invalidate();
    return use(session);
  } finally {
    session.close();
  }
};

/** Outputs, and numbers in all, that a Jacobian may have. */
const mostOutputs = 2000;
const mostNumbers = 4_000_000;

const checkSize = (field: string, outputs: number, entries: number): void => {
  if (outputs <= mostOutputs && outputs * entries <= mostNumbers) return;
  throw new StudyError(
    field,
    `needs the derivatives of ${outputs} outputs in ${entries} entries, which is above ${mostOutputs} outputs or ${mostNumbers} derivatives: name fewer tensors, or train on fewer examples (data.split.train)`,
  );
};

type Jacobian = ReturnType<MaskDraw["jacobian"]>;

/** The outputs where parts have other contents; one array, written anew each time. */
type Outputs = (contents: ReadonlyMap<string, ArrayLike<number>>) => ArrayLike<number>;

const outputsIn =
  (session: Session): Outputs =>
  (contents) => {
    for (const [part, content] of contents) session.view(part, 0).set(content);
    session.invalidate();
    session.run("outputs", 0);
    return session.view("outputs/outputs", 0);
  };

const jacobianIn = (session: Session, sizes: ReadonlyMap<string, number>): Jacobian => {
  const chosen = session.view(weights, 0);
  const jacobian = new Map([...sizes].map(([part, entries]) => [part, Array.from({ length: entries }, () => new Float64Array(chosen.length))]));
  for (let output = 0; output < chosen.length; output++) {
    chosen.fill(0)[output] = 1;
    session.run("outputs", 0);
    for (const [part, entries] of jacobian) {
      const gradient = session.view(`outputs/${part}`, 0);
      for (const [entry, derivatives] of entries.entries()) derivatives[output] = gradient[entry]!;
    }
  }
  return jacobian;
};

export interface Derivatives extends Pick<MaskDraw, "gradient" | "jacobian"> {
  /** Uses the outputs as a function of the trained parts. */
  readonly withOutputs: <T>(use: (outputs: Outputs) => T) => T;
}

/**
 * Derivatives in the trained parts of a trial's tensors at its start, before any
 * mask. Computed when asked for, and not on the engine that trains, so that a
 * mask is the same on all of them.
 */
export const derivativesOf = (options: DerivativeOptions): Derivatives => {
  const sizes = new Map(options.parametrised.flatMap(({ slots }) => slots.map(({ name, shape }) => [name, sizeOf(shape)])));
  let gradients: ReadonlyMap<string, Float64Array> | undefined;
  const allGradients = (session: Session): ReadonlyMap<string, Float64Array> => {
    session.run("loss", 0);
    const parts = options.parametrised.flatMap(({ slots }) => slots.filter(({ role }) => role === "learnable"));
    return new Map(parts.map(({ name }) => [name, Float64Array.from(session.view(`loss/${name}`, 0))]));
  };
  return {
    gradient: (part) => {
      gradients ??= atStart(options, "loss", allGradients);
      return gradients.get(part)!;
    },
    withOutputs: (use) => atStart(options, "outputs", (session) => use(outputsIn(session))),
    jacobian: (parts, field) => {
      const wanted = new Map(parts.map((part) => [part, sizes.get(part)!]));
      return atStart(options, "outputs", (session) => {
        const entries = [...wanted.values()].reduce((a, b) => a + b, 0);
        checkSize(field, session.view(weights, 0).length, entries);
        return jacobianIn(session, wanted);
      });
    },
  };
};
