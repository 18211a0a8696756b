import path from "node:path";
import type { Json } from "@allot/spec";

/** What a program is told of its trial. */
export interface TrialFacts {
  /** Index in the sweep; for logs only, as it may be another one in another sweep. */
  readonly trial: number;
  readonly replicate: number;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, Json>>;
}

/** A trial's files, in a folder of its own. */
export interface TrialFiles {
  readonly folder: string;
  readonly parameters: string;
  readonly measurements: string;
}

export const filesIn = (folder: string): TrialFiles => ({
  folder,
  parameters: path.join(folder, "parameters.json"),
  measurements: path.join(folder, "measurements.jsonl"),
});

/** The lane's own settings and the store's credentials are none of a program's business; where its data lies is. */
const withheld = /^(?:ALLOT_|AWS_)/;
const passed = "ALLOT_DATA";

/** The environment of a trial's process: the lane's, without what is withheld, and the trial's facts. */
export const environmentOf = (inherited: Readonly<Record<string, string | undefined>>, facts: TrialFacts, files: TrialFiles): Record<string, string> => {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && (name === passed || !withheld.test(name))) environment[name] = value;
  }
  return {
    ...environment,
    ALLOT_PARAMETERS: JSON.stringify(facts.parameters),
    ALLOT_PARAMETERS_FILE: files.parameters,
    ALLOT_MEASUREMENTS: files.measurements,
    ALLOT_SEED: String(facts.seed),
    ALLOT_TRIAL: String(facts.trial),
    ALLOT_REPLICATE: String(facts.replicate),
  };
};
