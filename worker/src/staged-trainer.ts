import type { Expansion } from "@allot/expansion";
import type { Trainer } from "./trainer.ts";

export interface StagedTrainerOptions {
  readonly open: (expansion: Expansion) => Promise<Trainer>;
  /** The sweep with the stages that have begun by now. */
  readonly read: (options: { signal: AbortSignal }) => Promise<Expansion>;
}

/** Opens the sweep's trainer, and opens it anew for trials of a stage that had not begun then. */
export const stagedTrainer = async (expansion: Expansion, { open, read }: StagedTrainerOptions): Promise<Trainer> => {
  let known = expansion;
  let trainer = await open(known);
  return {
    prepare: async (range, options) => {
      if (range.last >= known.trials) {
        known = await read(options);
        trainer = await open(known);
      }
      return trainer.prepare(range, options);
    },
  };
};
