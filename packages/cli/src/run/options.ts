import type { OutputFormat } from "../context.ts";

/** Options of `allot run`. */
export interface RunOptions {
  readonly output: OutputFormat;
  /** Lane processes; default: `execution.lanes`, then one per core. */
  readonly lanes?: number;
  /** Folder of the store, relative to the working folder. */
  readonly store: string;
  /** Take over trials of other sweeps in the same store that have the same identity. */
  readonly reuse: boolean;
  /** Go on although the first trials all fail the same way. */
  readonly keepGoing: boolean;
}
