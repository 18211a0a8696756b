import { deriveKey, normals, type Program, type Session } from "@allot/tensor";

/** One training step of one trial, as the engines are measured on it. */
export interface Workload {
  readonly name: string;
  /** What is trained, in words for the table. */
  readonly description: string;
  readonly program: Program;
  /** Total length of each stream, if the program has any. */
  readonly streams: Readonly<Record<string, number>>;
  /** Fraction of BLAS that the engine is meant to reach. */
  readonly target: number;
  /** Gives a trial its own numbers. */
  fill(session: Session, trial: number): void;
  /** Stream position of a step. */
  at(step: number): number;
}

/** Fills a slot with normal numbers of standard deviation `scale`, other ones for every trial. */
export function fillNormal(session: Session, { slot, trial, scale }: { slot: string; trial: number; scale: number }): void {
  const view = session.view(slot, trial);
  view.set(normals(deriveKey("be9c400000000001", `${slot} ${trial}`), view.length).map((value) => scale * value));
}
