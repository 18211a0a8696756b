import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "@allot/runtime";
import { type Command, durationMilliseconds, fillPlaceholders } from "@allot/spec";
import type { TrainEvent } from "../trainer.ts";
import { type ChildEnd, runChild } from "./child.ts";
import { endingOf } from "./ending.ts";
import { environmentOf, filesIn, type TrialFacts } from "./environment.ts";
import { Lines } from "./lines.ts";
import { MeasurementsFile } from "./measurements-file.ts";
import { type Printed, printedValue, type Report, Reports } from "./reports.ts";
import { Tail } from "./tail.ts";

/** How a program is run, whatever the trial. */
export interface CommandRun {
  readonly command: Command;
  /** Its working folder; the lane's own where undefined, which in a pod is the image's. */
  readonly folder: string | undefined;
  /** Writable; every trial has a folder below it while it runs. */
  readonly scratch: string;
  /** What the lane was started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly objective: string;
  /** From SIGTERM to SIGKILL (ms). */
  readonly graceMilliseconds: number;
  /** Gets every line the program prints. */
  readonly onLine: (trial: number, line: string) => void;
  readonly clock: Clock;
}

/** How often (ms) the measurements file is looked at. */
const pollMilliseconds = 200;
const tailBytes = 4096;

/** Runs the program for one trial: yields what it reports as it comes, and how it ended. @throws the signal's reason when it aborts. */
export async function* runTrial(run: CommandRun, facts: TrialFacts, { signal }: { signal: AbortSignal }): AsyncGenerator<TrainEvent, void, void> {
  signal.throwIfAborted();
  const { command, clock, objective } = run;
  const argv = fillPlaceholders(command.args, { ...facts.parameters, seed: facts.seed, replicate: facts.replicate });
  const files = filesIn(await mkdtemp(path.join(run.scratch, "allot-trial-")));
  const file = new MeasurementsFile(files.measurements);
  const reports = new Reports();
  const output = new Output((line) => run.onLine(facts.trial, line));
  // Whoever stops reading this stops the program too.
  const leaving = new AbortController();
  const waking = new AbortController();
  const began = clock.monotonic();
  const events = (found: readonly (Report | undefined)[]): TrainEvent[] =>
    found.flatMap((report) => (report ? { kind: "measured", trial: facts.trial, ...report } : []));
  let ending: Promise<ChildEnd> | undefined;
  try {
    await writeFile(files.parameters, JSON.stringify(facts.parameters));
    ending = runChild({
      argv,
      folder: run.folder,
      environment: environmentOf(run.environment, facts, files),
      timeoutMilliseconds: durationMilliseconds(command.timeout),
      graceMilliseconds: run.graceMilliseconds,
      onOutput: (stream, bytes) => output.add(stream, bytes),
      clock,
      signal: AbortSignal.any([signal, leaving.signal]),
    }).finally(() => waking.abort());
    while (!waking.signal.aborted) {
      for await (const line of file.read()) yield* events([reports.add(line)]);
      await clock.sleep(pollMilliseconds, { signal: waking.signal }).catch(() => undefined);
    }
    const end = await ending;
    if (end.kind === "stopped") throw signal.reason;
    output.end();
    for await (const line of file.read({ end: true })) yield* events([reports.add(line)]);
    if (!file.written) yield* events(output.printed.map((value) => reports.addPrinted(value)));
    const seconds = (clock.monotonic() - began) / 1000;
    const ended = { end, reports, output: output.tail, objective, program: argv[0] ?? "", timeout: command.timeout, seconds };
    yield { kind: "ended", trial: facts.trial, ending: endingOf(ended) };
  } finally {
    leaving.abort();
    await ending;
    await file.close();
    await rm(files.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What a program prints: the last of both streams in the order it came, and the values that the standard output names. */
class Output {
  readonly #tail = new Tail(tailBytes);
  readonly #lines: { readonly stdout: Lines; readonly stderr: Lines };
  readonly printed: Printed[] = [];

  constructor(onLine: (line: string) => void) {
    const stdout = new Lines((line) => {
      const value = printedValue(line);
      if (value) this.printed.push(value);
      onLine(line);
    });
    this.#lines = { stdout, stderr: new Lines(onLine) };
  }

  get tail(): string {
    return this.#tail.text();
  }

  add(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    this.#tail.add(bytes);
    this.#lines[stream].add(bytes);
  }

  end(): void {
    this.#lines.stdout.end();
    this.#lines.stderr.end();
  }
}
