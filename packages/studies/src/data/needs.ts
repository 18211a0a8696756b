import type { Study } from "@allot/spec";

/** Files of one data set that belong together: with `optional`, all of them or none. */
export interface FileNeed {
  readonly dataset: "mnist" | "fashionMnist" | "text";
  /** One entry a file: its names, tried in order, each plain or with `.gz`. */
  readonly names: readonly (readonly string[])[];
  readonly optional?: boolean;
}

const spellings = (what: string, type: string): readonly string[] => [`${what}-${type}-ubyte`, `${what}.${type}-ubyte`];

/** The two files of one part of an IDX data set: images, then labels, each with its usual spellings. */
export const partFiles = (part: "train" | "t10k"): readonly (readonly string[])[] => [spellings(`${part}-images`, "idx3"), spellings(`${part}-labels`, "idx1")];

/** Which files the study's data asks for; empty where it is generated. */
export const dataNeeds = (study: Study): FileNeed[] => {
  if (study.data.kind === "characters") return [{ dataset: "text", names: [[study.data.file]] }];
  const { kind } = study.data;
  if (kind !== "mnist" && kind !== "fashionMnist") return [];
  return [
    { dataset: kind, names: partFiles("train"), optional: true },
    { dataset: kind, names: partFiles("t10k") },
  ];
};
