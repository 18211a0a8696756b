/** Examples of one part of a split: `inputs` row-major [count, width], float64 or one byte each; `labels` [count]. */
export interface Examples {
  readonly count: number;
  readonly inputs: Uint8Array | Float64Array;
  readonly labels: Uint8Array | Uint16Array;
}

/** How many examples each part of a split holds; `note` says what a reader of the figures has to know. */
export interface SplitDescription {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly note?: string;
}

/** Inputs and their classes. */
export interface ClassifiedDataset {
  readonly kind: "classified";
  readonly width: number;
  readonly classes: number;
  /** An input of bytes is byte / divisor. */
  readonly divisor: number;
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  readonly split: SplitDescription;
}

/** Nothing to load: every trial draws its data from its own streams. */
export interface GeneratedDataset {
  readonly kind: "generated";
}

export type Dataset = ClassifiedDataset | GeneratedDataset;

/** File name without `.gz` → content, gunzipped or not. */
export type DataFiles = Readonly<Record<string, Uint8Array>>;
