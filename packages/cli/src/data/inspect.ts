import { type Expansion, expand, studyOf } from "@allot/expansion";
import { parseManifests, type Sweep } from "@allot/spec";
import { DataError, type Inspected, inspect, StudyError } from "@allot/studies";
import { DataMissing, dataPlaces, dataShelf, resolved, studyCosts } from "@allot/worker";
import { type Context, type OutputFormat, outputTo } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import { readManifest } from "../manifest.ts";
import { inspectedText } from "./inspect-text.ts";

const kinds: Readonly<Record<string, string>> = { mnist: "mnist", "fashion-mnist": "fashionMnist" };

/** A data set by itself: a sweep of one trial on it. */
const onlyData = (kind: string): Sweep[] =>
  parseManifests(
    `apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: data }
spec:
  objective: { metric: validation.loss, direction: minimize }
  trainer: { study: { data: { kind: ${kind} }, model: { kind: mlp, hidden: [1] }, optimizer: { kind: none } } }
`,
    kind,
  );

const inspectSweep = async (expansion: Expansion, context: Context): Promise<{ inspected: Inspected; note: string | undefined }> => {
  const trial = expansion.trialAt(0);
  const study = resolved(studyOf(expansion, trial), {});
  try {
    const { dataset, note } = await dataShelf(dataPlaces(context.environment, context.home)).get(study);
    return { inspected: inspect({ study, streams: trial.streams }, dataset), note };
  } catch (error) {
    if (error instanceof DataMissing || error instanceof DataError) throw new CliError(exitCodes.data, error.message);
    if (error instanceof StudyError) throw new CliError(exitCodes.usage, error.message);
    throw error;
  }
};

/** `allot data inspect`: what the first trial of a manifest, or a data set's name, would train on; trains nothing. */
export const dataInspect = async (target: string, options: { output: OutputFormat }, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const kind = kinds[target];
  const sweeps = kind === undefined ? (await readManifest(target, context)).sweeps : onlyData(kind);
  for (const sweep of sweeps) {
    if (sweep.spec.trainer.study === undefined)
      throw new CliError(exitCodes.usage, `${target}: spec.trainer is a command, whose data only it knows: data inspect looks at what a study trains on`);
    const { inspected, note } = await inspectSweep(expand(sweep, { costs: studyCosts }), context);
    output.say("data", { sweep: sweep.metadata.name, ...inspected, note }, inspectedText(sweep.spec.trainer.study.data.kind, inspected, note));
  }
  return exitCodes.ok;
};
