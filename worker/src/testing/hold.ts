/** A process that holds trials as a lane would, and says what it predicted to take and what it takes: `hold.ts <engine> <trials>`. */
import { homedir } from "node:os";
import { expand, studyOf } from "@allot/expansion";
import { systemClock } from "@allot/runtime";
import { checkSweep } from "@allot/spec";
import { compose, runBytes } from "@allot/studies";
import { openEngine } from "../engine.ts";

const [, , name = "", count = ""] = process.argv;
const checked = checkSweep({
  apiVersion: "allot.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name: "hold" },
  spec: {
    objective: { metric: "train.nmse", direction: "minimize" },
    trainer: {
      study: {
        data: { kind: "linearRnnTeacher", steps: 8 },
        model: { kind: "linearRnn", hidden: 320 },
        optimizer: { kind: "adam", steps: 2, learningRate: 0.001 },
        engine: name,
      },
    },
    replicates: { count: Number(count) },
  },
});
if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
const expansion = expand(checked.sweep);
const trials = Array.from({ length: expansion.trials }, (_, index) => {
  const trial = expansion.trialAt(index);
  return { index, study: studyOf(expansion, trial), streams: trial.streams };
});
const { engine } = openEngine(trials[0]!.study.engine === "auto" ? "wasm" : trials[0]!.study.engine, {
  environment: process.env,
  home: homedir(),
  determinism: "strict",
});
const options = { trials, dataset: { kind: "generated" as const }, engine };
const before = process.memoryUsage.rss();
const run = compose(options);
if (run.lockstep) run.advanceAll(2);
else for (const slot of trials.keys()) run.advance(slot, 2);
// What a lane drops it takes again; only what it keeps counts.
globalThis.gc?.();
// Buffers are given back beside the program.
await systemClock.sleep(200, { signal: new AbortController().signal });
globalThis.gc?.();
process.stdout.write(JSON.stringify({ predicted: runBytes(options), taken: process.memoryUsage.rss() - before }));
run.close();
