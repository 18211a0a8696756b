import { z } from "zod";

/**
 * Fields that decide the traced program; trials that differ in one never share a pack. A function
 * says which part of the value does: whether a penalty is there at all, and not how large it is.
 */
export const Shape = z.registry<{ shape: true | ((value: unknown) => unknown) }>();

/** Only whether the number is zero counts: its term is in the program, or it is not. */
export const present = { shape: (value: unknown) => value !== 0 };
