import type { KernelFactory } from "./kernels.ts";
import { type NativeProducts, nativeKernels } from "./native.ts";
import { bind } from "./plan/bind.ts";
import type { Step } from "./plan/binding.ts";
import { type Plan, plan } from "./plan/plan.ts";
import type { Program } from "./program.ts";
import { referenceKernels } from "./reference/index.ts";
import { checkPosition, checkTrial, checkTrials, programNamed, type Session, slotNamed } from "./session-contract.ts";
import { simplify } from "./simplify/simplify.ts";
import { openTfjsSession, planTfjs } from "./tfjs/session.ts";
import type { TensorFlow } from "./tfjs/tensorflow.ts";
import { wasmKernels } from "./wasm.ts";

export type { Session } from "./session-contract.ts";

/** `reference`: plain TypeScript in float64; `wasm`: SIMD in float32. */
export type EngineName = "reference" | "wasm";

/** TensorFlow in float32, as the caller loaded it. */
export interface TensorFlowEngine {
  readonly name: "tfjs";
  readonly tf: TensorFlow;
}

/** `wasm`, with the same bits, whose larger products an addon computes that the caller loaded. */
export interface NativeEngine {
  readonly name: "wasm";
  readonly products: NativeProducts;
}

/** What computes a session: an engine that is always there, by name, or one that was loaded. */
export type Engine = EngineName | NativeEngine | TensorFlowEngine;

export interface SessionOptions {
  readonly engine: Engine;
  /** Programs over the same slots: a name means the same memory in all of them. */
  readonly programs: Readonly<Record<string, Program>>;
  /** How many trials the session holds. */
  readonly trials: number;
  /** Total length, in indexes, of each stream's buffer; default: the window. */
  readonly streams?: Readonly<Record<string, number>>;
}

const factoryOf = (engine: EngineName | NativeEngine): KernelFactory => {
  if (typeof engine !== "string") return nativeKernels(engine.products);
  return engine === "wasm" ? wasmKernels : referenceKernels;
};

const isTensorFlow = (engine: Engine): engine is TensorFlowEngine => typeof engine !== "string" && engine.name === "tfjs";

/** Plans and allocates a session, all memory zeroed. Throws ProgramError where the programs' slots clash. */
export function createSession(options: SessionOptions): Session {
  const { engine, trials, streams = {} } = options;
  if (isTensorFlow(engine)) return openTfjsSession(planTfjs(simplified(options), { trials, streams }), engine.tf);
  return openSession(planKernels(options, engine), { trials, factory: factoryOf(engine) });
}

/** Memory a session would take, in bytes, without creating it; on `tfjs` an estimate. */
export function sessionBytes(options: SessionOptions): number {
  const { engine, trials, streams = {} } = options;
  return isTensorFlow(engine) ? planTfjs(simplified(options), { trials, streams }).bytes : planKernels(options, engine).bytes;
}

function simplified({ programs, trials }: SessionOptions): Record<string, Program> {
  checkTrials(trials);
  return Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, simplify(program)]));
}

function planKernels(options: SessionOptions, engine: EngineName | NativeEngine): Plan {
  const { trials, streams = {} } = options;
  return plan({ programs: simplified(options), trials, streams, floatBytes: engine === "reference" ? 8 : 4 });
}

/** A session over a plan, on the kernels that `factory` makes. */
export function openSession(layout: Plan, { trials, factory }: { trials: number; factory: KernelFactory }): Session {
  const kernels = factory(layout.bytes);
  const { trialsFrom, trialBytes, slots } = layout;
  const shared = bind(kernels, layout.lowered, layout.shared);
  const frozen = bind(kernels, layout.lowered, layout.frozen);
  const programs = new Map(
    [...layout.programs].map(([name, program]) => [name, { steps: bind(kernels, layout.lowered, program), lastPosition: program.lastPosition }]),
  );
  const stale = new Uint8Array(trials).fill(1);
  let sharedStale = true;

  const refresh = (trial: number): void => {
    if (sharedStale) runSteps(shared, 0, 0);
    sharedStale = false;
    runSteps(frozen, trialsFrom + trial * trialBytes, 0);
    stale[trial] = 0;
  };

  const run = (name: string, trial: number, at = 0): void => {
    const program = programNamed(programs, name);
    checkTrial(trial, trials);
    checkPosition(name, at, program.lastPosition);
    if (stale[trial] === 1) refresh(trial);
    runSteps(program.steps, trialsFrom + trial * trialBytes, 4 * at);
  };

  return {
    trials,
    bytes: layout.bytes,
    lockstep: false,
    view: (name, trial) => {
      checkTrial(trial, trials);
      const slot = slotNamed(slots, name);
      const offset = slot.location.offset + (slot.location.perTrial ? trialsFrom + trial * trialBytes : 0);
      if (slot.dtype === "index") return new Int32Array(kernels.buffer, offset, slot.elements);
      return kernels.floatBytes === 8 ? new Float64Array(kernels.buffer, offset, slot.elements) : new Float32Array(kernels.buffer, offset, slot.elements);
    },
    invalidate: (trial) => {
      if (trial === undefined) {
        stale.fill(1);
        sharedStale = true;
      } else {
        checkTrial(trial, trials);
        stale[trial] = 1;
      }
    },
    run,
    runAll: (name, at = 0) => {
      for (let trial = 0; trial < trials; trial++) run(name, trial, at);
    },
    close: () => {
      programs.clear();
    },
  };
}

function runSteps(steps: readonly Step[], base: number, position: number): void {
  for (let i = 0; i < steps.length; i++) steps[i]!(base, position);
}
