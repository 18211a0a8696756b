import { derivedOf, type Expansion, studyOf, trialIdentity } from "@allot/expansion";
import { type Lanes, resolveEngine, type Study, type StudyEngine } from "@allot/spec";
import { type Dataset, describeSplit, loadData } from "@allot/studies";
import { numerics } from "@allot/tensor";
import { type DataPlaces, findData, type LoadedData, readData } from "./data.ts";
import { type OpenEngine, resolved } from "./engine.ts";
import type { TrainTrial } from "./train.ts";
import type { Work } from "./trainer.ts";

/** A trial of a study with everything that decides its result. */
export interface StudyWork extends Work, TrainTrial {}

/** Data sets by what decides them: the study's `data` field and the files. */
export interface DataShelf {
  /** @throws DataMissing, DataError */
  get(study: Study): Promise<ShelvedData>;
}

export interface ShelvedData {
  readonly dataset: Dataset;
  readonly digests: Readonly<Record<string, string>>;
  /** Examples in each part; decides the identity. */
  readonly split: { readonly train: number; readonly validation: number; readonly test: number };
  /** What a reader of the figures has to know about the split. */
  readonly note: string | undefined;
}

/** Keeps the last few data sets of a lane, so that a pack doesn't read them again. */
export const dataShelf = (places: DataPlaces): DataShelf => {
  const kept = new Map<string, ShelvedData>();
  const files = new Map<string, LoadedData>();
  const load = async (study: Study): Promise<ShelvedData> => {
    const found = await findData(study, places);
    const paths = found.map((file) => file.path).join("\n");
    const loaded = files.get(paths) ?? (await readData(found));
    files.clear();
    files.set(paths, loaded);
    const dataset = loadData(study, loaded.files);
    const { train, validation, test, note } = describeSplit(study, dataset);
    return { dataset, digests: loaded.digests, split: { train, validation, test }, note };
  };
  return {
    async get(study) {
      const key = JSON.stringify(study.data);
      const known = kept.get(key);
      if (known) return known;
      const shelved = await load(study);
      if (kept.size >= 2) kept.clear();
      kept.set(key, shelved);
      return shelved;
    },
  };
};

/** What the trials of a lane are looked up with. */
export interface WorkPlace {
  readonly expansion: Expansion;
  readonly shelf: DataShelf;
  readonly lanes: Lanes;
  /** @throws TensorFlowMissing */
  readonly engine: (name: StudyEngine) => OpenEngine;
}

/** The trial at an index, with its study, data and identity. */
export const workAt = async (
  index: number,
  { expansion, shelf, lanes, engine }: WorkPlace,
): Promise<{ work: StudyWork; data: ShelvedData; engine: OpenEngine }> => {
  const trial = expansion.trialAt(index);
  const study = resolved(studyOf(expansion, trial), lanes);
  const opened = engine(resolveEngine(study, lanes));
  const data = await shelf.get(study);
  const identity = trialIdentity({
    study,
    streams: trial.streams,
    data: data.digests,
    split: data.split,
    engine: opened.identity,
    numerics,
    copy: trial.copy,
  });
  const derived = Object.fromEntries(derivedOf(expansion, trial).map(({ path, value }) => [`derived.${path}`, value]));
  return { work: { index, trial, identity, derived, engine: study.engine, study, streams: trial.streams }, data, engine: opened };
};
