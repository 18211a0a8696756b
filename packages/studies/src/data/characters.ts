import type { Study } from "@allot/spec";
import { DataError, StudyError } from "../errors.ts";
import type { ClassifiedDataset, DataFiles, Examples } from "./dataset.ts";

type Characters = Extract<Study["data"], { kind: "characters" }>;

/** Numbers, 4 bytes each, that the features of a text may be. */
const mostNumbers = 500_000_000;

/** Code points of the text that the parts need, a context before the first target. */
const charactersOf = ({ file, radius, split }: Characters, files: DataFiles): Uint32Array => {
  const content = files[file];
  if (content === undefined) throw new DataError(file, "is not there");
  const text = Uint32Array.from(new TextDecoder().decode(content), (character) => character.codePointAt(0)!);
  const wanted = radius + split.train + split.validation + split.test;
  if (wanted > text.length)
    throw new StudyError(
      "data.split",
      `${split.train} + ${split.validation} + ${split.test} characters after a context of ${radius} asked for and ${file} has ${text.length}: ask for fewer`,
    );
  return text.subarray(0, wanted);
};

/** Symbols of characters by how often they are in `text`, the most frequent 0, equal ones in the order of code points. */
const symbolsOf = (text: Uint32Array, vocabulary: number): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  if (counts.size < vocabulary)
    throw new StudyError(
      "data.vocabulary",
      `${vocabulary} is more than the ${counts.size} different characters of the training part: use ${counts.size} or fewer`,
    );
  const ordered = [...counts].toSorted(([a, m], [b, n]) => n - m || a - b);
  return new Map(ordered.slice(0, vocabulary).map(([character], symbol) => [character, symbol]));
};

/** Contexts before the symbols from `start` on, as counts [count, width], and those symbols. */
const examplesIn = ({ vocabulary, radius, aggregation }: Characters, symbols: Uint16Array, o: { start: number; count: number }): Examples => {
  const width = aggregation === "cat" ? vocabulary * radius : vocabulary;
  const inputs = new Uint8Array(o.count * width);
  const labels = new Uint16Array(o.count);
  for (let i = 0; i < o.count; i++) {
    const at = o.start + i;
    labels[i] = symbols[at]!;
    for (let back = 0; back < radius; back++) {
      const cell = i * width + (aggregation === "cat" ? back * vocabulary : 0) + symbols[at - 1 - back]!;
      inputs[cell] = inputs[cell]! + 1;
    }
  }
  return { count: o.count, inputs, labels };
};

const checkSize = ({ vocabulary, radius, aggregation, split }: Characters): void => {
  const width = aggregation === "cat" ? vocabulary * radius : vocabulary;
  const numbers = (split.train + split.validation + split.test) * width;
  if (numbers > mostNumbers)
    throw new StudyError(
      "data.split",
      `${split.train + split.validation + split.test} examples of ${width} features are ${numbers} numbers, above ${mostNumbers}: ask for fewer, or lower vocabulary or radius`,
    );
  if (radius > 255) throw new StudyError("data.radius", `${radius} is above 255: a feature counts up to that`);
};

/** The examples of a text, cut in its order. Throws DataError where the file is absent, StudyError where it is too small. */
export const loadCharacters = (data: Characters, files: DataFiles): ClassifiedDataset => {
  checkSize(data);
  const { radius, vocabulary, aggregation, split } = data;
  const text = charactersOf(data, files);
  const known = symbolsOf(text.subarray(0, radius + split.train), vocabulary);
  const symbols = Uint16Array.from(text, (character) => known.get(character) ?? vocabulary - 1);
  const part = (start: number, count: number): Examples => examplesIn(data, symbols, { start: radius + start, count });
  const note = `The text is cut in its order: ${split.train}/${split.validation}/${split.test} characters (train/validation/test).`;
  return {
    kind: "classified",
    divisor: 1,
    width: aggregation === "cat" ? vocabulary * radius : vocabulary,
    classes: vocabulary,
    train: part(0, split.train),
    validation: part(split.train, split.validation),
    test: part(split.train + split.validation, split.test),
    split: { ...split, note },
  };
};
