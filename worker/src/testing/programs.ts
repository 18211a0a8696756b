import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Expansion, expand } from "@allot/expansion";
import { type Clock, systemClock } from "@allot/runtime";
import { checkSweep, type Json } from "@allot/spec";
import { localProgram, type Program } from "../command/program.ts";
import { commandTrainer } from "../command/trainer.ts";
import type { Ending, TrainEvent, Trainer } from "../trainer.ts";

/** A program to be run, and how; what is left out has a sensible default. */
export interface ProgramOptions {
  readonly args: readonly string[];
  readonly parameters?: Readonly<Record<string, readonly Json[]>>;
  readonly replicates?: number;
  readonly noiseFloor?: boolean;
  readonly metric?: string;
  readonly timeout?: string;
  readonly sources?: readonly string[];
  readonly graceMilliseconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLine?: (trial: number, line: string) => void;
}

/** A folder as a manifest's: programs are written there and run. */
export interface ProgramFolder {
  readonly folder: string;
  write(name: string, text: string): Promise<void>;
  /** The sweep of a program in the folder, and what trains it. */
  open(options: ProgramOptions): Promise<{ expansion: Expansion; trainer: Trainer; program: Program }>;
  /** Runs every trial. */
  events(options: ProgramOptions, o?: { signal?: AbortSignal }): AsyncGenerator<TrainEvent>;
  /** How the first trial ends. */
  ending(options: ProgramOptions): Promise<Ending>;
  remove(): Promise<void>;
}

const never = new AbortController().signal;

const sweepOf = ({
  args,
  parameters = {},
  replicates = 1,
  noiseFloor = false,
  metric = "validation.loss",
  timeout = "1m",
  sources,
}: ProgramOptions): Expansion => {
  const checked = checkSweep({
    apiVersion: "allot.dev/v1alpha1",
    kind: "Sweep",
    metadata: { name: "program" },
    spec: {
      objective: { metric, direction: "minimize" },
      trainer: { command: { args, timeout, ...(sources ? { sources } : { version: "1" }) } },
      parameters: Object.entries(parameters).map(([name, values]) => ({ name, values })),
      replicates: { count: replicates, noiseFloor },
    },
  });
  if ("issues" in checked) throw new Error(checked.issues.map(({ message }) => message).join("\n"));
  return expand(checked.sweep);
};

export const makeProgramFolder = async (clock: Clock = systemClock): Promise<ProgramFolder> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "allot-program-"));
  const open: ProgramFolder["open"] = async (o) => {
    const expansion = sweepOf(o);
    const program = await localProgram(expansion.sweep, folder);
    const trainer = commandTrainer({
      expansion,
      command: expansion.sweep.spec.trainer.command!,
      program,
      scratch: folder,
      environment: o.environment ?? { PATH: process.env["PATH"] },
      graceMilliseconds: o.graceMilliseconds ?? 5000,
      onLine: o.onLine ?? (() => undefined),
      clock,
    });
    return { expansion, trainer, program };
  };
  async function* events(o: ProgramOptions, { signal = never }: { signal?: AbortSignal } = {}): AsyncGenerator<TrainEvent> {
    const { expansion, trainer } = await open(o);
    const pack = await trainer.prepare({ first: 0, last: expansion.trials - 1 }, { signal });
    yield* pack.train(pack.works, { signal });
  }
  return {
    folder,
    write: async (name, text) => writeFile(path.join(folder, name), text),
    open,
    events,
    async ending(o) {
      for await (const event of events(o)) if (event.kind === "ended") return event.ending;
      throw new Error("the trial did not end");
    },
    remove: async () => rm(folder, { recursive: true, force: true }),
  };
};
