import { assignmentOf, commandIdentity, type Expansion, programSeed, type Trial } from "@allot/expansion";
import type { TrainEvent, Trainer, Work } from "../trainer.ts";
import type { Program } from "./program.ts";
import { type CommandRun, runTrial } from "./trial.ts";

export interface CommandTrainerOptions extends Omit<CommandRun, "folder" | "objective"> {
  readonly expansion: Expansion;
  readonly program: Program;
}

/** Trains by running a program, one process a trial, one after the other. */
export const commandTrainer = (options: CommandTrainerOptions): Trainer => ({
  async prepare({ first, last }) {
    const works = Array.from({ length: last - first + 1 }, (_, offset) => workAt(options, first + offset));
    return { works, digests: { ...options.program.identity.sources }, host: () => ({}), train: (chosen, { signal }) => trainEach(options, chosen, signal) };
  },
});

const workAt = ({ expansion, command, program }: CommandTrainerOptions, index: number): Work => {
  const trial = expansion.trialAt(index);
  const parameters = assignmentOf(expansion, trial);
  const identity = commandIdentity({ program: program.identity, args: command.args, parameters, streams: trial.streams, copy: trial.copy });
  return { index, trial, identity, engine: "command" };
};

async function* trainEach(options: CommandTrainerOptions, works: readonly Work[], signal: AbortSignal): AsyncGenerator<TrainEvent, void, void> {
  const { expansion, program } = options;
  const run: CommandRun = { ...options, folder: program.folder, objective: expansion.sweep.spec.objective.metric };
  for (const { trial } of works) yield* runTrial(run, factsOf(expansion, trial), { signal });
}

const factsOf = (expansion: Expansion, trial: Trial) => ({
  trial: trial.index,
  replicate: trial.replicate,
  seed: programSeed(trial.streams),
  parameters: assignmentOf(expansion, trial),
});
