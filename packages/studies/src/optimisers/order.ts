import { deriveKey, type Key, permutation } from "@allot/tensor";

/** The order in which epoch `epoch` (from 0) visits the examples: the same in every arm of a replicate. */
export const epochOrder = (key: Key, epoch: number, examples: number): Int32Array => permutation(deriveKey(key, `epoch ${epoch}`), examples);
