import path from "node:path";
import { type Expansion, expand } from "@allot/expansion";
import { canonicalJson, decisiveSpec, type Lanes, type Study, type Sweep, sha256 } from "@allot/spec";
import { checkStudy, DataError, StudyError } from "@allot/studies";
import { numerics } from "@allot/tensor";
import {
  DataMissing,
  type DataPlaces,
  type DataShelf,
  dataPlaces,
  dataShelf,
  findTensorFlow,
  hasGpuEngine,
  localProgram,
  openWasm,
  type Program,
  resolved,
  studyCosts,
  TensorFlowMissing,
} from "@allot/worker";
import type { Context } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import type { ManifestFile } from "../manifest.ts";
import { checkRunnable } from "./checks.ts";

/** A sweep that passed every check that is possible before the first trial. */
export interface Prepared {
  readonly sweep: Sweep;
  readonly expansion: Expansion;
  /** `<name>-<8 hex>`: the digits hash what decides the results. */
  readonly folder: string;
  /** The engine of the base study, where arms may differ; `command` for a program. */
  readonly engine: string;
  /** What `engine: auto` went by. */
  readonly lanes: Lanes;
  /** Where the trainer is a command. */
  readonly program: Program | undefined;
  /** What a person has to know about the data split. */
  readonly notes: readonly string[];
}

/** Checks every document of a manifest, so that a mistake in the last one shows before the first one trains. */
export const prepare = async (manifest: ManifestFile, context: Context): Promise<Prepared[]> => {
  const places = dataPlaces(context.environment, context.home);
  const prepared: Prepared[] = [];
  const folder = path.dirname(path.resolve(context.cwd, manifest.file));
  for (const sweep of manifest.sweeps)
    prepared.push(sweep.spec.trainer.command ? await prepareProgram(sweep, folder) : await prepareStudies(sweep, { places, context }));
  return prepared;
};

const prepareStudies = async (sweep: Sweep, { places, context }: { places: DataPlaces; context: Context }): Promise<Prepared> => {
  const expansion = expand(sweep, { costs: studyCosts });
  const lanes = { gpu: hasGpuEngine(context.environment) };
  const studies = checkRunnable(sweep, expansion).map((study) => resolved(study, lanes));
  readyEngines(studies, context);
  const { digests, notes } = await inspectData(studies, dataShelf(places));
  const { engine } = studies[0]!;
  return { sweep, expansion, folder: folderName(sweep, { data: digests, engine, numerics }), engine, lanes, program: undefined, notes };
};

/** @throws CliError where an engine is asked for that is not installed. */
const readyEngines = (studies: readonly Study[], { environment, home }: Context): void => {
  // What it compiles on a new machine is then there for all lanes.
  if (studies.some(({ engine, data }) => engine === "wasm" && data.kind !== "sleep")) openWasm(environment, home);
  if (!studies.some(({ engine }) => engine === "tfjs")) return;
  try {
    findTensorFlow(environment);
  } catch (error) {
    if (error instanceof TensorFlowMissing) throw new CliError(exitCodes.usage, error.message, { cause: error });
    throw error;
  }
};

const prepareProgram = async (sweep: Sweep, manifestFolder: string): Promise<Prepared> => {
  const expansion = expand(sweep);
  checkRunnable(sweep, expansion);
  const program = await localProgram(sweep, manifestFolder);
  return { sweep, expansion, folder: folderName(sweep, { program: program.identity }), engine: "command", lanes: {}, program, notes: [] };
};

/** Reads and parses every data set the studies name, and checks the studies against them. @throws CliError where one is absent, broken or too small. */
const inspectData = async (studies: readonly Study[], shelf: DataShelf): Promise<{ digests: Record<string, string>; notes: string[] }> => {
  const digests: Record<string, string> = {};
  const notes = new Set<string>();
  // By data set: the shelf keeps only the last few.
  for (const [, alike] of Map.groupBy(studies, ({ data }) => canonicalJson(data))) {
    try {
      const data = await shelf.get(alike[0]!);
      const { kind } = alike[0]!.data;
      for (const study of alike) checkStudy(study, { trainingExamples: data.split.train });
      Object.assign(digests, prefixed(kind, data.digests));
      if (data.note !== undefined && Object.keys(data.digests).length > 0) notes.add(`${kind}: ${data.note}`);
    } catch (error) {
      if (error instanceof DataMissing || error instanceof DataError) throw new CliError(exitCodes.data, error.message, { cause: error });
      if (error instanceof StudyError) throw new CliError(exitCodes.usage, error.message, { cause: error });
      throw error;
    }
  }
  return { digests, notes: [...notes] };
};

/** Data sets share file names. */
const prefixed = (kind: string, digests: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(digests).map(([name, digest]) => [`${kind}/${name}`, digest]));

/** A sweep's results have one folder as long as nothing changes that decides them: the manifest's part of it, and what stands beside it. */
const folderName = (sweep: Sweep, beside: Readonly<Record<string, unknown>>): string => {
  const hash = sha256(canonicalJson({ spec: decisiveSpec(sweep), ...beside }));
  return `${sweep.metadata.name}-${hash.slice(0, 8)}`;
};
