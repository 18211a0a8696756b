/** What every session offers, whichever engine computes it, and what it refuses, in the same words. */
import { ProgramError } from "./program.ts";

/** Trials of one shape in memory, and the programs that run on them. */
export interface Session {
  readonly trials: number;
  /** Whether trials are best run together, by `runAll`: the engine goes operation by operation, not trial by trial. */
  readonly lockstep: boolean;
  /** Memory taken, in bytes. */
  readonly bytes: number;
  /**
   * The memory of a slot or of an output `program/output`: Float64Array or Float32Array by engine, Int32Array for indexes.
   * A shared slot is the same for every trial. Valid until close; on `tfjs` a state's is valid until the next run, and
   * has to be asked for again after it.
   */
  view(slot: string, trial: number): Float64Array | Float32Array | Int32Array;
  /**
   * After rewriting a trial's constants, or, without a trial, shared slots or any: what was computed from them once is
   * computed again at the next run.
   */
  invalidate(trial?: number): void;
  /** Runs a program for one trial, with its streams read from element `at` on. Throws RangeError where that is outside, or memory runs out. */
  run(program: string, trial: number, at?: number): void;
  /** Runs a program for every trial, each with its own streams read from element `at` on. Throws as `run`. */
  runAll(program: string, at?: number): void;
  close(): void;
}

export function checkTrials(trials: number): void {
  if (!Number.isSafeInteger(trials) || trials < 1) throw new ProgramError(`a session holds at least one trial, not ${trials}`);
}

export function checkTrial(trial: number, trials: number): void {
  if (!(trial >= 0 && trial < trials)) throw new RangeError(`trial ${trial} is not among ${trials}`);
}

export function slotNamed<T>(slots: ReadonlyMap<string, T>, name: string): T {
  const slot = slots.get(name);
  if (slot === undefined) throw new ProgramError(`there is no slot ${name}; there are ${[...slots.keys()].join(", ")}`);
  return slot;
}

export function programNamed<T>(programs: ReadonlyMap<string, T>, name: string): T {
  const program = programs.get(name);
  if (program === undefined) throw new ProgramError(`there is no program ${name}`);
  return program;
}

export function checkPosition(program: string, at: number, last: number): void {
  if (!(Number.isInteger(at) && at >= 0 && at <= last)) throw new RangeError(`program ${program}: position ${at} is outside its streams`);
}
