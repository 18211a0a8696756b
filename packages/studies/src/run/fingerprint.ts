import { sha256 } from "@allot/spec";
import type { Start } from "../parametrisation/memory.ts";
import type { Place } from "./place.ts";

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

/** By learnable slot below a mask, the entries that the mask has chosen. */
export type Chosen = ReadonlyMap<string, Uint32Array>;

export const chosenOf = ({ plan }: Place, start: Start): Chosen => {
  const masked = plan.parametrised.filter(({ slots }) => slots.some(({ role }) => role === "mask"));
  return new Map(
    masked.flatMap(({ slots, free }) =>
      slots.filter(({ role }) => role === "learnable").map(({ name }): [string, Uint32Array] => [name, Uint32Array.from(free(name, start))]),
    ),
  );
};

/** Whether every other entry of those slots is still zero. */
export const onlyChosenMoved = ({ session, trial }: Place, chosen: Chosen): boolean =>
  [...chosen].every(([name, entries]) => {
    const may = new Set(entries);
    return Array.from(session.view(name, trial)).every((value, at) => may.has(at) || value === 0);
  });
