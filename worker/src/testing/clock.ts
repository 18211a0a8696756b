import type { Clock } from "@allot/runtime";

/** A clock that jumps: sleeping takes no time and moves it on. Every reading moves it by `drift` milliseconds. */
export const jumpingClock = ({ drift = 0 }: { drift?: number } = {}): Clock & { readonly slept: number[] } => {
  let time = 0;
  const slept: number[] = [];
  const read = (): number => (time += drift);
  return {
    slept,
    now: read,
    monotonic: read,
    sleep: async (milliseconds, { signal }) => {
      signal.throwIfAborted();
      slept.push(milliseconds);
      time += milliseconds;
      await Promise.resolve();
    },
  };
};
