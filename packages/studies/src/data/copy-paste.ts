import { below, deriveKey } from "@allot/tensor";
import { lengthsFrom } from "./lengths.ts";
import type { TokenData, TokenTask } from "./token-task.ts";

/**
 * n symbols, a separator, then n blanks, at which the symbols count (studies.md 3a). Tokens are the symbols, the separator and the blank, which also
 * fills up shorter sequences.
 */
export const copyPaste = ({ vocabulary, length: lengths }: Extract<TokenData, { kind: "copyPaste" }>): TokenTask => {
  const length = 2 * lengths.to + 1;
  const [separator, blank] = [vocabulary, vocabulary + 1];
  return {
    length,
    tokens: vocabulary + 2,
    classes: vocabulary,
    draw: (key, count) => {
      const tokens = new Int32Array(count * length).fill(blank);
      const targets = new Int32Array(count * length);
      const counted = new Uint8Array(count * length);
      const [symbols, lengthOf] = [deriveKey(key, "symbols"), lengthsFrom(key, lengths)];
      for (let index = 0; index < count; index++) {
        const [start, n] = [index * length, lengthOf(index)];
        for (let at = 0; at < n; at++) {
          const symbol = below(symbols, index * lengths.to + at, vocabulary);
          tokens[start + at] = symbol;
          targets[start + n + 1 + at] = symbol;
        }
        tokens[start + n] = separator;
        counted.fill(1, start + n + 1, start + 2 * n + 1);
      }
      return { tokens, targets, counted };
    },
  };
};
