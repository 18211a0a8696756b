import type { Study } from "@allot/spec";
import { StudyError } from "../errors.ts";
import type { SplitDescription } from "./dataset.ts";

/** Examples in the files that are there. */
interface Available {
  readonly train: number | undefined;
  readonly test: number;
}

/** Of a test file alone: 7/10, 1/10, 2/10, so that 10,000 images become 7,000/1,000/2,000; 8,000/0/2,000 where nothing is held out. */
const fromTestFile = (count: number, holdOut: boolean): SplitDescription => {
  const validation = holdOut ? Math.floor(count / 10) : 0;
  const test = Math.floor(count / 5);
  return { train: count - validation - test, validation, test };
};

/** Of both files: 1/12 of the training file selects, so that 60,000 + 10,000 become 55,000/5,000/10,000. */
const fromBothFiles = (count: number, test: number, holdOut: boolean): SplitDescription => {
  const validation = holdOut ? Math.floor(count / 12) : 0;
  return { train: count - validation, validation, test };
};

export interface Split extends SplitDescription {
  /** Training images that `data.examples` leaves out; they lie between the training and the validation part. */
  readonly unused: number;
}

/** 10000 → "10,000", in any locale. */
const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

const noteFor = (available: Available, split: SplitDescription): string => {
  const parts = `${number(split.train)}/${number(split.validation)}/${number(split.test)}`;
  return available.train === undefined
    ? `Only the ${number(available.test)} test images are there: they are split ${parts} (train/validation/test) by a fixed permutation, so figures do not compare with those of the full data set.`
    : `The training images are split by a fixed permutation: ${parts} (train/validation/test, the last from the test file).`;
};

const fail = (message: string): never => {
  throw new StudyError("data.split", message);
};

const checkFits = (asked: SplitDescription, available: Available): void => {
  const { train, validation, test } = asked;
  if (available.train === undefined) {
    const sum = train + validation + test;
    if (sum > available.test)
      fail(`${train} + ${validation} + ${test} = ${sum} examples asked for and the test file, the only one there, has ${available.test}: ask for fewer`);
    return;
  }
  if (train + validation > available.train) fail(`${train} + ${validation} examples asked for and the training file has ${available.train}: ask for fewer`);
  if (test > available.test) fail(`${test} test examples asked for and the test file has ${available.test}: ask for fewer`);
};

const fewer = (train: number, examples: number | undefined): number => {
  if (examples !== undefined && examples > train)
    throw new StudyError("data.examples", `${examples} is more than the ${train} training images there are: lower it, or leave it out`);
  return examples ?? train;
};

/**
 * How the images that are there are cut up: `data.split` where it is given, else
 * by the files and whether some are held out to select on. Throws StudyError where the split asks for more than there is.
 */
export const splitOf = (study: Study, available: Available): Split => {
  const images = study.data.kind === "mnist" || study.data.kind === "fashionMnist" ? study.data : undefined;
  const asked = images?.split;
  const holdOut = images?.validation ?? true;
  if (asked !== undefined) checkFits(asked, available);
  const { train: large, test: small } = available;
  const split = asked ?? (large === undefined ? fromTestFile(small, holdOut) : fromBothFiles(large, small, holdOut));
  const { validation, test } = split;
  const train = fewer(split.train, images?.examples);
  const note = noteFor(available, split);
  return {
    train,
    unused: split.train - train,
    validation,
    test,
    note: train === split.train ? note : `${note} Of the training images only the first ${number(train)} are used.`,
  };
};
