import type { KernelFactory } from "./kernels.ts";
import { bind } from "./plan/bind.ts";
import type { Step } from "./plan/binding.ts";
import { type Plan, plan } from "./plan/plan.ts";
import { type Program, ProgramError } from "./program.ts";
import { referenceKernels } from "./reference/index.ts";
import { simplify } from "./simplify/simplify.ts";
import { wasmKernels } from "./wasm.ts";

/** `reference`: plain TypeScript in float64; `wasm`: SIMD in float32. */
export type EngineName = "reference" | "wasm";

export interface SessionOptions {
  readonly engine: EngineName;
  /** Programs over the same slots: a name means the same memory in all of them. */
  readonly programs: Readonly<Record<string, Program>>;
  /** How many trials the session holds. */
  readonly trials: number;
  /** Total length, in indexes, of each stream's buffer; default: the window. */
  readonly streams?: Readonly<Record<string, number>>;
}

/** Trials of one shape in memory, and the programs that run on them. */
export interface Session {
  readonly trials: number;
  /** Memory taken, in bytes. */
  readonly bytes: number;
  /**
   * The memory of a slot or of an output `program/output`: Float64Array or Float32Array by engine, Int32Array for indexes.
   * Valid until close; a shared slot is the same for every trial.
   */
  view(slot: string, trial: number): Float64Array | Float32Array | Int32Array;
  /**
   * After rewriting a trial's constants, or, without a trial, shared slots or any: what was computed from them once is
   * computed again at the next run.
   */
  invalidate(trial?: number): void;
  /** Runs a program for one trial, with its streams read from element `at` on. Throws RangeError where that is outside. */
  run(program: string, trial: number, at?: number): void;
  close(): void;
}

const engines: Readonly<Record<EngineName, { factory: KernelFactory; floatBytes: 4 | 8 }>> = {
  reference: { factory: referenceKernels, floatBytes: 8 },
  wasm: { factory: wasmKernels, floatBytes: 4 },
};

/** Plans and allocates a session, all memory zeroed. Throws ProgramError where the programs' slots clash. */
export function createSession(options: SessionOptions): Session {
  return openSession(planSession(options), { trials: options.trials, factory: engines[options.engine].factory });
}

/** Memory a session would take, in bytes, without creating it. */
export function sessionBytes(options: SessionOptions): number {
  return planSession(options).bytes;
}

function planSession({ engine, programs, trials, streams = {} }: SessionOptions): Plan {
  if (!Number.isSafeInteger(trials) || trials < 1) throw new ProgramError(`a session holds at least one trial, not ${trials}`);
  const simplified = Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, simplify(program)]));
  return plan({ programs: simplified, trials, streams, floatBytes: engines[engine].floatBytes });
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

  const checkTrial = (trial: number): void => {
    if (!(trial >= 0 && trial < trials)) throw new RangeError(`trial ${trial} is not among ${trials}`);
  };
  const refresh = (trial: number): void => {
    if (sharedStale) runSteps(shared, 0, 0);
    sharedStale = false;
    runSteps(frozen, trialsFrom + trial * trialBytes, 0);
    stale[trial] = 0;
  };

  return {
    trials,
    bytes: layout.bytes,
    view: (name, trial) => {
      checkTrial(trial);
      const slot = slots.get(name);
      if (slot === undefined) throw new ProgramError(`there is no slot ${name}; there are ${[...slots.keys()].join(", ")}`);
      const offset = slot.location.offset + (slot.location.perTrial ? trialsFrom + trial * trialBytes : 0);
      if (slot.dtype === "index") return new Int32Array(kernels.buffer, offset, slot.elements);
      return kernels.floatBytes === 8 ? new Float64Array(kernels.buffer, offset, slot.elements) : new Float32Array(kernels.buffer, offset, slot.elements);
    },
    invalidate: (trial) => {
      if (trial === undefined) {
        stale.fill(1);
        sharedStale = true;
      } else {
        checkTrial(trial);
        stale[trial] = 1;
      }
    },
    run: (name, trial, at = 0) => {
      const program = programs.get(name);
      if (program === undefined) throw new ProgramError(`there is no program ${name}`);
      checkTrial(trial);
      if (!(Number.isInteger(at) && at >= 0 && at <= program.lastPosition)) throw new RangeError(`program ${name}: position ${at} is outside its streams`);
      if (stale[trial] === 1) refresh(trial);
      runSteps(program.steps, trialsFrom + trial * trialBytes, 4 * at);
    },
    close: () => {
      programs.clear();
    },
  };
}

function runSteps(steps: readonly Step[], base: number, position: number): void {
  for (let i = 0; i < steps.length; i++) steps[i]!(base, position);
}
