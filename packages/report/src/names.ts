import type { Labels } from "@allot/spec";

/** The shortest ending of a dotted name that begins with a letter and belongs to no other name: `allocation.layer.0` becomes `layer.0`. */
export function shortName(name: string, all: readonly string[]): string {
  const parts = name.split(".");
  for (let from = parts.length - 1; from > 0; from--) {
    const ending = parts.slice(from).join(".");
    const taken = all.some((other) => other !== name && (other === ending || other.endsWith(`.${ending}`)));
    if (/^[A-Za-z]/.test(ending) && !taken) return ending;
  }
  return name;
}

/** A label as text: `[50]`, `half`, `true`. */
export function labelText(label: string | number | boolean): string {
  return String(label);
}

/**
 * Name of an arm for figures and sentences: `half (width 50)`. Labels that are words stand alone unless two factors share one; numbers,
 * booleans and JSON get the factor's short name before them.
 */
export function armLabel(labels: Labels, factors: readonly { name: string; short: string; labels: readonly (string | number | boolean)[] }[]): string {
  const active = factors.filter(({ name }) => labels[name] !== undefined);
  if (active.length === 0) return "all";
  const words: string[] = [];
  const named: string[] = [];
  for (const { name, short } of active) {
    const label = labels[name]!;
    const shared = factors.some((other) => other.name !== name && other.labels.includes(label));
    const word = typeof label === "string" && ((/^[A-Za-z]/.test(label) && !shared) || factors.length === 1);
    if (word) words.push(label);
    else named.push(`${short} ${labelText(label)}`);
  }
  if (words.length === 0 || named.length === 0) return [...words, ...named].join(", ");
  return `${words.join(", ")} (${named.join(", ")})`;
}

/** `learningRate=0.001, batch=64`; `-` of nothing. */
export function assignmentText(labels: Labels, all: readonly string[]): string {
  const entries = Object.entries(labels);
  return entries.length === 0 ? "–" : entries.map(([name, label]) => `${shortName(name, all)}=${labelText(label)}`).join(", ");
}
