/** A condition as Kubernetes writes it in a status. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** One word, CamelCase, for programs. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** RFC 3339; when `status` last changed. */
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number | undefined;
}

/** What the API allows is 32,768; a status is written often and read by people. */
const longestMessage = 1024;
const clip = (message: string): string => (message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`);

/**
 * The conditions with one set: replaced in its place or appended. `lastTransitionTime` moves only when `status` changes,
 * and what is unchanged comes back as the same object, so that an unchanged status is not written.
 * @param now milliseconds since the epoch.
 */
export const setCondition = (conditions: readonly Condition[], next: Omit<Condition, "lastTransitionTime">, now: number): readonly Condition[] => {
  const at = conditions.findIndex(({ type }) => type === next.type);
  const old = conditions[at];
  const condition: Condition = {
    ...next,
    message: clip(next.message),
    // The API keeps whole seconds.
    lastTransitionTime: old?.status === next.status ? old.lastTransitionTime : new Date(now).toISOString().replace(/\.\d+Z$/, "Z"),
  };
  if (old === undefined) return [...conditions, condition];
  return same(old, condition) ? conditions : conditions.with(at, condition);
};

const same = (a: Condition, b: Condition): boolean =>
  a.status === b.status && a.reason === b.reason && a.message === b.message && a.observedGeneration === b.observedGeneration;

/** The condition of a type, if it is there. */
export const condition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((candidate) => candidate.type === type);
