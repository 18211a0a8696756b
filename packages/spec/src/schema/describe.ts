import { globalRegistry, z } from "zod";
import { acceptedLiterals, bare, fieldsOf, layers, type Schema, variants } from "./walk.ts";

/** What a schema accepts, in words: `a whole number > 0`. A `.describe()` on the schema has the last word. */
export function describe(schema: Schema): string {
  const wrapped = layers(schema);
  const written = wrapped.map((layer) => globalRegistry.get(layer)?.description).find((text) => text !== undefined);
  if (written !== undefined) return written;
  // The one recursive schema is JSON itself.
  return wrapped.some((layer) => layer instanceof z.ZodLazy) ? "any JSON value" : describeCore(bare(schema));
}

function describeCore(schema: Schema): string {
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.map(describe))].join(" or ");
  if (schema instanceof z.ZodArray) return variants(schema.element).every(fieldsOf) ? "a list of mappings" : `a list, each entry ${describe(schema.element)}`;
  if (schema instanceof z.ZodObject) return describeFields(Object.keys(schema.shape));
  const literals = acceptedLiterals(schema);
  return literals.length > 0 ? oneOf(literals) : describeScalar(schema);
}

function describeScalar(schema: Schema): string {
  if (schema instanceof z.ZodString) return "text";
  if (schema instanceof z.ZodBoolean) return "true or false";
  if (schema instanceof z.ZodNumber) return describeNumber(schema);
  return schema instanceof z.ZodRecord ? "a mapping" : "any value";
}

function describeFields(names: readonly string[]): string {
  return names.length === 0 ? "a mapping" : `a mapping with ${list(names)}`;
}

/** Whether a bound itself is accepted is asked of the schema. */
function describeNumber(schema: z.ZodNumber): string {
  const { minValue: least, maxValue: most } = schema;
  const accepts = (value: number) => schema.safeParse(value).success;
  const bounds = [
    least !== null && least > Number.MIN_SAFE_INTEGER ? `${accepts(least) ? ">=" : ">"} ${least}` : undefined,
    most !== null && most < Number.MAX_SAFE_INTEGER ? `${accepts(most) ? "<=" : "<"} ${most}` : undefined,
  ].filter((bound) => bound !== undefined);
  return [schema.format === "safeint" ? "a whole number" : "a number", bounds.join(" and ")].filter((part) => part !== "").join(" ");
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? JSON.stringify(values[0]) : `one of ${list(values)}`;
}

/** `a, b, c` with strings bare. */
export function list(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(", ");
}

/** A value as it is quoted in a message, cut when long. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value).replace("Infinity", ".inf").replace("NaN", ".nan");
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
