/**
 * A study that can't be trained as written: a person's mistake, failure class
 * `invalidConfig`. The message names the field, the value and what to do.
 */
export class StudyError extends Error {
  override readonly name = "StudyError";
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.field = field;
  }
}

/** A data file that is absent or not what its name says; names the file and the reason. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly file: string;

  constructor(file: string, message: string) {
    super(`${file}: ${message}`);
    this.file = file;
  }
}

/** A metric stopped being a finite number at `step` (counted from 1): failure class `diverged`. */
export class Diverged extends Error {
  override readonly name = "Diverged";
  readonly step: number;

  constructor(step: number, metric: string, value: number) {
    super(`${metric} is ${value} at step ${step}`);
    this.step = step;
  }
}
