/** A file of the store can't be used as it is. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
  /** Key of the file in the sweep's store. */
  readonly file: string;
  /** `newer`: written by a later version of Allot, and not damaged as far as this one can tell. */
  readonly problem: "missing" | "damaged" | "newer";

  constructor(o: { file: string; problem: "missing" | "damaged" | "newer"; detail: string; cause?: unknown }) {
    super(`${o.file}: ${o.detail}`, o.cause === undefined ? undefined : { cause: o.cause });
    this.file = o.file;
    this.problem = o.problem;
  }
}

/** A segment breaks the rules of the ledger: a bug of who made it. Nothing is written. */
export class SegmentError extends Error {
  override readonly name = "SegmentError";
}
