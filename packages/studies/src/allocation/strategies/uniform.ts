import type { Strategy } from "../grid.ts";

/** `count` cells without replacement, all equally likely: the "widespread" baseline (studies.md 1d). */
export const uniform: Strategy = ({ cellOrder, count }) => cellOrder().slice(0, count);
