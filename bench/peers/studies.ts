/** Trials of a manifest as another program can train them: their studies' weights and data before the first step. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expand, studyOf } from "../../packages/expansion/src/index.ts";
import { parseManifests } from "../../packages/spec/src/index.ts";
import { teacherExamples } from "../../packages/studies/src/data/feed-forward-teacher.ts";
import { teacherMarkov } from "../../packages/studies/src/data/linear-rnn-teacher.ts";
import { compose, type TrialSetup } from "../../packages/studies/src/index.ts";
import { modelOf } from "../../packages/studies/src/models/model.ts";
import { type Content, writeSlots } from "./handover.ts";

/** Names of the manifests in `jobs/`, which are workloads' too. */
export const jobs = ["mlp", "rnn", "cnn", "dln"] as const;
export type Job = (typeof jobs)[number];

/** Writes the manifest with so many trials into the folder, and returns its path. */
export function writeManifest(folder: string, { job, trials }: { job: Job; trials: number }): string {
  const text = readFileSync(join(import.meta.dirname, "jobs", `${job}.yaml`), "utf8");
  const file = join(folder, `${job}.yaml`);
  writeFileSync(file, text.replace("count: 32", `count: ${trials / 2}`));
  return file;
}

/** Hands over the first trials of a manifest: tensors as the studies initialise them, the teacher's data, and the learning rate. */
export async function handStudiesOver(folder: string, { job, manifest, trials }: { job: Job; manifest: string; trials: number }): Promise<void> {
  const expansion = expand(parseManifests(readFileSync(manifest, "utf8"), manifest)[0]!);
  const setups = Array.from({ length: trials }, (_, index): TrialSetup => {
    const trial = expansion.trialAt(index);
    return { study: studyOf(expansion, trial), streams: trial.streams };
  });
  const contents = [...parameters(setups), ...constants(setups), rates(setups)];
  await writeSlots(folder, { workload: `study-${job}`, trials, positions: [0], contents });
}

type Values = ReadonlyMap<string, { shape: readonly number[]; values: ArrayLike<number> }>;

/** The same slots of every trial. */
function contentsOf(kind: Content["kind"], trials: readonly Values[]): Content[] {
  return [...trials[0]!].map(([name, { shape }]) => ({
    name,
    kind,
    dtype: "float",
    shape,
    of: (trial) => Float32Array.from(trials[trial]!.get(name)!.values),
  }));
}

function parameters(setups: readonly TrialSetup[]): Content[] {
  const run = compose({ trials: setups, dataset: undefined, engine: "wasm" });
  try {
    return contentsOf(
      "parameter",
      setups.map((_, trial) => new Map(Object.entries(run.tensors(trial)))),
    );
  } finally {
    run.close();
  }
}

function constants(setups: readonly TrialSetup[]): Content[] {
  return contentsOf(
    "constant",
    setups.map((setup): Values => {
      const { data } = setup.study;
      const model = modelOf(setup.study);
      if (model.kind === "linearSequence" && data.kind === "linearRnnTeacher") {
        const { steps } = data;
        const values = teacherMarkov({ study: setup.study, model, steps, key: setup.streams.teacher });
        return new Map([["markov", { shape: [model.outputs, steps * model.inputs], values }]]);
      }
      if (model.kind !== "feedForward" || data.kind !== "feedForwardTeacher") throw new Error(`no hand-over for data ${data.kind}`);
      const count = data.split.train;
      const { inputs, targets } = teacherExamples(model, setup, { part: "train", count });
      return new Map([
        ["inputs", { shape: [count, model.inputs], values: inputs.values }],
        ["targets", { shape: [count, model.outputs], values: targets }],
      ]);
    }),
  );
}

function rates(setups: readonly TrialSetup[]): Content {
  const [content] = contentsOf(
    "scalars",
    setups.map(({ study }) => {
      if (study.optimizer?.kind !== "gd") throw new Error("no hand-over for another optimiser than gd");
      return new Map([["optimiser", { shape: [2], values: [study.optimizer.learningRate, 0] }]]);
    }),
  );
  return content!;
}
