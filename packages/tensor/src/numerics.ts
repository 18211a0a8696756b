/**
 * Version of the bits: part of every trial's identity. Raised only when a program gives other bits than before on some
 * engine; `golden.test.ts` fails when that happens unnoticed.
 */
export const numerics = 1;
