import { below, deriveKey } from "@allot/tensor";
import { lengthsFrom } from "./lengths.ts";
import type { TokenData, TokenTask } from "./token-task.ts";

/** Bits, whose parity counts at the last one or at each (studies.md 3a). Zeros behind the last bit fill up shorter sequences. */
export const parity = ({ target, length: lengths }: Extract<TokenData, { kind: "parity" }>): TokenTask => {
  const length = lengths.to;
  return {
    length,
    tokens: 2,
    classes: 2,
    draw: (key, count) => {
      const tokens = new Int32Array(count * length);
      const targets = new Int32Array(count * length);
      const counted = new Uint8Array(count * length);
      const [bits, lengthOf] = [deriveKey(key, "bits"), lengthsFrom(key, lengths)];
      for (let index = 0; index < count; index++) {
        const [start, n] = [index * length, lengthOf(index)];
        let odd = 0;
        for (let at = start; at < start + n; at++) {
          tokens[at] = below(bits, at, 2);
          odd ^= tokens[at]!;
          targets[at] = odd;
        }
        counted.fill(1, target === "final" ? start + n - 1 : start, start + n);
      }
      return { tokens, targets, counted };
    },
  };
};
