/** Examples of one part of a split: `pixels` row-major [count, width], one byte each; `labels` [count]. */
export interface Examples {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** How many examples each part of a split holds; `note` says what a reader of the figures has to know. */
export interface SplitDescription {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly note?: string;
}

/** Grey images; a pixel's value is its byte / 255. */
export interface ImageDataset {
  readonly kind: "images";
  readonly width: number;
  readonly classes: number;
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  readonly split: SplitDescription;
}

/** Nothing to load: every trial draws its data from its own streams. */
export interface GeneratedDataset {
  readonly kind: "generated";
}

export type Dataset = ImageDataset | GeneratedDataset;

/** File name without `.gz` → content, gunzipped or not. */
export type DataFiles = Readonly<Record<string, Uint8Array>>;
