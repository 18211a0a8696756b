import type { Expansion } from "@allot/expansion";
import type { Clock } from "@allot/runtime";
import type { Lanes } from "@allot/spec";
import type { Packing } from "./capacity.ts";
import type { Program } from "./command/program.ts";
import type { Trainer } from "./trainer.ts";
import type { DataShelf } from "./work.ts";

/** What a lane's process has for whichever trainer its sweep asks for. */
export interface TrainerOptions {
  readonly expansion: Expansion;
  /** For a command: which program this is; without it, the one in the lane's image. */
  readonly program: Program | undefined;
  /** For studies: what the plan says of lanes, `execution.packing`, and what this lane's engine may take. */
  readonly lanes: Lanes;
  readonly packing: Packing;
  readonly memoryBytes: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home and a writable folder, where the environment names none. */
  readonly home: string;
  readonly scratch: string;
  /** Gets every line that a trial's program prints. */
  readonly onLine?: (trial: number, line: string) => void;
  readonly clock: Clock;
  /** Data sets that are read already; else they are found by the environment. */
  readonly shelf?: DataShelf;
}

/** How long (ms) a program may take to end when it is asked to. */
const graceMilliseconds = 5000;

/** The trainer of a sweep. A lane that runs a program never loads the tensor code, and starts the faster for it. */
export const openTrainer = async (options: TrainerOptions): Promise<Trainer> => {
  const { expansion, environment, clock } = options;
  const { command } = expansion.sweep.spec.trainer;
  if (command) {
    const { commandTrainer } = await import("./command/trainer.ts");
    const { imageProgram } = await import("./command/program.ts");
    return commandTrainer({
      expansion,
      command,
      program: options.program ?? imageProgram(command),
      scratch: environment["ALLOT_CACHE"] ?? options.scratch,
      environment,
      graceMilliseconds,
      onLine: options.onLine ?? (() => undefined),
      clock,
    });
  }
  const { dataPlaces } = await import("./data.ts");
  const { studyTrainer } = await import("./study-trainer.ts");
  const { dataShelf } = await import("./work.ts");
  const { lanes, packing, memoryBytes, home } = options;
  const shelf = options.shelf ?? dataShelf(dataPlaces(environment, home));
  return studyTrainer({ expansion, shelf, lanes, packing, memoryBytes, environment, home, clock });
};
