import { canonicalJson } from "./canonical.ts";
import type { Json, Value } from "./sweep/parameters.ts";

/** What a person and CEL call a value. */
export type Label = string | number | boolean;
/** Parameter name → label; only active parameters. */
export type Labels = Readonly<Record<string, Label>>;

/** A scalar is its own label, `{label, value}` gives one, anything else is called by its canonical JSON. */
export function valueLabel(value: Value): Label {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return isLabelled(value) ? value.label : canonicalJson(value);
}

/** The JSON that is set at the parameter's paths. */
export function valueJson(value: Value): Json {
  return isLabelled(value) ? value.value : value;
}

/** Told apart by its two fields; the schema rejects objects with only one of them. */
function isLabelled(value: Value): value is { label: string; value: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "label" in value && "value" in value;
}
