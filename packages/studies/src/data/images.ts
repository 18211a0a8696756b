import type { Study } from "@allot/spec";
import { permutation } from "@allot/tensor";
import { DataError } from "../errors.ts";
import type { ClassifiedDataset, DataFiles, Examples } from "./dataset.ts";
import { readIdx } from "./idx.ts";
import { partFiles } from "./needs.ts";
import { splitOf } from "./split.ts";

/** Height and width of an MNIST or Fashion-MNIST image. */
export const imageWidth = 28;
/** Pixels of an image, row by row. */
const imagePixels = imageWidth * imageWidth;
export const imageClasses = 10;

/** The key of the one permutation by which every image file is cut into parts. */
const splitKey = "a1107da7a5911700";

const pick = (files: DataFiles, names: readonly string[]): { file: string; content: Uint8Array } | undefined => {
  for (const name of names) {
    const content = files[name] ?? files[`${name}.gz`];
    if (content !== undefined) return { file: name, content };
  }
  return undefined;
};

/** Examples as their files hold them. */
interface Bytes extends Examples {
  readonly inputs: Uint8Array;
  readonly labels: Uint8Array;
}

const checkLabels = (file: string, labels: Uint8Array): void => {
  const at = labels.findIndex((label) => label >= imageClasses);
  if (at >= 0) throw new DataError(file, `label ${labels[at]} of example ${at} is not one of 0 … ${imageClasses - 1}`);
};

const required = (files: DataFiles, names: readonly string[]): { file: string; content: Uint8Array } => {
  const found = pick(files, names);
  if (found === undefined) throw new DataError(names[0] ?? "", `is not there (nor ${names[0]}.gz)`);
  return found;
};

/** The examples of one pair of files; undefined where neither is there. Throws DataError where they don't fit together. */
const readPart = (files: DataFiles, part: "train" | "t10k"): Bytes | undefined => {
  const names = partFiles(part);
  if (names.every((spellings) => pick(files, spellings) === undefined)) return undefined;
  const images = required(files, names[0] ?? []);
  const labels = required(files, names[1] ?? []);
  const pixels = readIdx(images.file, images.content, 3);
  const [count = 0, rows, columns] = pixels.dimensions;
  if (rows !== imageWidth || columns !== imageWidth) throw new DataError(images.file, `holds ${rows}×${columns} images, not ${imageWidth}×${imageWidth}`);
  const values = readIdx(labels.file, labels.content, 1);
  const labelled = values.dimensions[0];
  if (labelled !== count) throw new DataError(labels.file, `has ${labelled} labels for the ${count} images of ${images.file}`);
  checkLabels(labels.file, values.values);
  return { count, inputs: pixels.values, labels: values.values };
};

const take = (from: Bytes, order: Int32Array, start: number, count: number): Bytes => {
  const inputs = new Uint8Array(count * imagePixels);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const example = order[start + i]!;
    inputs.set(from.inputs.subarray(example * imagePixels, (example + 1) * imagePixels), i * imagePixels);
    labels[i] = from.labels[example]!;
  }
  return { count, inputs, labels };
};

/** Parses and splits the image files of `study`; the test part is the test file's where both files are there. */
export const loadImages = (study: Study, files: DataFiles): ClassifiedDataset => {
  const large = readPart(files, "train");
  const small = readPart(files, "t10k");
  if (small === undefined) throw new DataError(partFiles("t10k")[0]?.[0] ?? "", "is not there: it holds the test images");
  const split = splitOf(study, { train: large?.count, test: small.count });
  const main = large ?? small;
  const order = permutation(splitKey, main.count);
  const drawn = split.train + split.unused;
  return {
    kind: "classified",
    divisor: 255,
    width: imagePixels,
    classes: imageClasses,
    train: take(main, order, 0, split.train),
    validation: take(main, order, drawn, split.validation),
    test:
      large === undefined
        ? take(small, order, drawn + split.validation, split.test)
        : take(
            small,
            Int32Array.from({ length: split.test }, (_, i) => i),
            0,
            split.test,
          ),
    split,
  };
};

/** Examples in the image files, from their headers' dimensions. */
export const imageCounts = (files: DataFiles): { train: number | undefined; test: number } => {
  const count = (part: "train" | "t10k"): number | undefined => {
    const found = pick(files, partFiles(part)[0] ?? []);
    return found === undefined ? undefined : (readIdx(found.file, found.content, 3).dimensions[0] ?? 0);
  };
  return { train: count("train"), test: count("t10k") ?? 0 };
};
