import type { Json } from "@allot/spec";

/** What CEL takes a parameter for. Integers are int and anything else numeric is double, because CEL never mixes the two by itself. */
export type CelType = "bool" | "string" | "int" | "double" | "list<bool>" | "list<string>" | "list<int>" | "list<double>" | "dyn";

/** The narrowest type that holds every value; JSON without one is `dyn`. */
export function celType(values: readonly Json[]): CelType {
  const scalar = scalarType(values);
  if (scalar) return scalar;
  if (!values.every(Array.isArray)) return "dyn";
  const element = scalarType(values.flat());
  return element ? `list<${element}>` : "dyn";
}

function scalarType(values: readonly unknown[]): "bool" | "string" | "int" | "double" | undefined {
  if (values.length === 0) return undefined;
  if (values.every((value) => typeof value === "boolean")) return "bool";
  if (values.every((value) => typeof value === "string")) return "string";
  if (!values.every((value) => typeof value === "number")) return undefined;
  return values.every(Number.isSafeInteger) ? "int" : "double";
}

/** The value as the CEL evaluator wants it: an int is a bigint. */
export function celValue(value: Json, type: CelType): unknown {
  return type === "int" || type === "list<int>" || type === "dyn" ? integral(value) : value;
}

/** Integers anywhere in the value as bigints. */
function integral(value: Json): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(integral);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, integral(entry)]));
}

/** The longest list or mapping anywhere in the values: how often a list macro may turn. */
export function longestList(values: readonly Json[]): number {
  let longest = 1;
  for (const value of values) {
    if (value === null || typeof value !== "object") continue;
    const entries = Array.isArray(value) ? value : Object.values(value);
    longest = Math.max(longest, entries.length, longestList(entries));
  }
  return longest;
}
