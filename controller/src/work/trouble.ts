import { LedgerError } from "@allot/ledger";
import { NothingToPromote } from "@allot/stages";
import { storeProblem } from "@allot/store";
import { TransportError } from "@allot/transport";
import type { Trouble } from "../lanes.ts";

/** A failure whose meaning is known where it is found. */
export class WorkTrouble extends Error {
  override readonly name = "WorkTrouble";
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

/** What a failure of the store, the broker or a Secret means for the sweep, in words that name the fix. */
export const troubleOf = (error: unknown): Trouble => {
  if (error instanceof WorkTrouble) return error.trouble;
  const problem = storeProblem(error);
  if (problem) return problem;
  if (error instanceof NothingToPromote) return { reason: "NothingToPromote", message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TransportError) return { reason: "TransportUnreachable", message };
  if (error instanceof LedgerError) return { reason: "LedgerDamaged", message };
  if (error instanceof Error && error.name === "StoreError") return { reason: "StoreFailing", message };
  if (error instanceof Error && error.name === "KubeError") return { reason: "ClusterRefuses", message };
  return { reason: "InternalError", message };
};
