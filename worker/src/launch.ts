import type { Lanes } from "@allot/spec";
import type { Packing } from "./capacity.ts";
import type { Program } from "./command/program.ts";
import type { BaseProvenance } from "./provenance.ts";

/** What the parent tells a lane process, as JSON in its first argument. The rest it reads from the sweep's store. */
export interface LaneLaunch {
  readonly lane: string;
  /** The root folder of the store. */
  readonly root: string;
  /** The sweep's folder below it. */
  readonly sweep: string;
  readonly reuse: boolean;
  /** Where the trainer is a command. */
  readonly program: Program | undefined;
  /** What the plan says of lanes. */
  readonly lanes: Lanes;
  readonly packing: Packing;
  readonly memoryBytes: number;
  readonly infrastructureRetries: number;
  readonly heartbeatMilliseconds: number;
  readonly provenance: BaseProvenance;
}

/** The file to start a lane process from; it wants an IPC channel and a `LaneLaunch`. */
export const laneEntry: URL = new URL("./main.ts", import.meta.url);

/** Exit codes of a lane process. */
export const laneExit = {
  /** The queue is closed, or it was told to end. */
  ended: 0,
  /** Something broke; the parent may start another. */
  failed: 1,
  /** Asked to go by SIGTERM: its pack is given back, another lane may take its place. */
  preempted: 143,
  /** Started wrongly: starting it again helps nothing. */
  misconfigured: 78,
} as const;
