import type { FailureClass } from "@allot/ledger";
import { Diverged, StudyError } from "@allot/studies";
import type { Ending } from "./trainer.ts";

const classify = (error: unknown): FailureClass => {
  if (error instanceof Diverged) return "diverged";
  if (error instanceof StudyError) return "invalidConfig";
  return isOutOfMemory(error) ? "outOfMemory" : "internal";
};

/** Of an engine's memory. */
export const isOutOfMemory = (error: unknown): boolean => error instanceof RangeError && /memory|alloc|array buffer|array length/i.test(error.message);

/** The ending of a trial that threw. */
export const failed = (error: unknown): Ending => ({
  state: "Failed",
  failure: classify(error),
  message: error instanceof Error ? error.message : String(error),
  metrics: {},
  measured: {},
});
