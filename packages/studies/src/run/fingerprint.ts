import { sha256 } from "@allot/spec";
import type { Place, Starts } from "./place.ts";

/** Hash of all bytes of a trial that training must not touch: fixed weights and masks. */
export const fixedFingerprint = ({ plan, session, trial }: Place): string =>
  plan.parametrised
    .flatMap(({ slots }) => slots)
    .filter(({ role }) => role !== "learnable")
    .map(({ name }) => {
      const { buffer, byteOffset, byteLength } = session.view(name, trial);
      return sha256(new Uint8Array(buffer, byteOffset, byteLength));
    })
    .join();

/** Whether every entry of a learnable slot outside a mask's chosen ones is still zero. */
export const onlyChosenMoved = ({ plan, session, trial }: Place, starts: Starts): boolean =>
  plan.parametrised.every(({ tensor, slots, free }) => {
    const start = starts.get(tensor.name)!;
    if (start.mask === undefined) return true;
    return slots
      .filter(({ role }) => role === "learnable")
      .every(({ name }) => {
        const chosen = new Set(free(name, start));
        return Array.from(session.view(name, trial)).every((value, at) => chosen.has(at) || value === 0);
      });
  });
