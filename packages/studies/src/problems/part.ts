/** A part of a data set. */
export type Part = "train" | "validation" | "test";
