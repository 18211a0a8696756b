import { below, deriveKey, type Key } from "@allot/tensor";

/** The length of sequence `index`, each from `from` to `to` equally likely. */
export const lengthsFrom = (key: Key, { from, to }: { from: number; to: number }): ((index: number) => number) => {
  const lengths = deriveKey(key, "lengths");
  return (index) => from + below(lengths, index, to - from + 1);
};
