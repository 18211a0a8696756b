import type { Structural } from "./schema.ts";
import { free } from "./schema.ts";
import { fieldsOf, isLoose, needs, variantRules } from "./variants.ts";

/** One schema for several alternatives. */
export function choice(all: readonly Structural[]): Structural {
  const alternatives = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  const [first, ...others] = alternatives;
  if (!first) return free;
  if (others.length === 0) return first;
  if (alternatives.every(({ type, enum: words }) => type === "string" && words))
    return { ...first, enum: [...new Set(alternatives.flatMap(({ enum: words = [] }) => words))] };
  if (alternatives.every(({ type, properties }) => type === "object" && properties)) return mergedObjects(alternatives);
  return overlaid(alternatives);
}

/**
 * Alternatives of different types on one node without a type: bounds hold for numbers only, patterns for text,
 * items for lists, properties for mappings. Where two share a type, neither is held to.
 */
function overlaid(alternatives: readonly Structural[]): Structural {
  const held = alternatives.filter(
    ({ type }) => type !== undefined && alternatives.filter((other) => jsonType(other) === type.replace("integer", "number")).length === 1,
  );
  const [number] = held.filter((one) => jsonType(one) === "number");
  const wholeOrText = number?.type === "integer" && alternatives.every((one) => ["number", "string"].includes(jsonType(one) ?? ""));
  return Object.assign({}, wholeOrText ? { "x-kubernetes-int-or-string": true } : free, ...held.map(validations)) as Structural;
}

function jsonType({ type }: Structural): string | undefined {
  return type === "integer" ? "number" : type;
}

function validations(schema: Structural): Structural {
  const { type, format: _format, enum: words, required, ...rest } = schema;
  if (type === "string" && words) return { ...rest, pattern: `^(${words.map(String).join("|")})$` };
  return required ? { ...rest, anyOf: [{ not: { anyOf: required.map((name) => ({ required: [name] })) } }, { required }] } : rest;
}

/** One object schema for several: it has the fields of all of them, and rules say which go together. */
function mergedObjects(variants: readonly Structural[]): Structural {
  const names = [...new Set(variants.flatMap(fieldsOf))];
  const required = names.filter((name) => variants.every((variant) => needs(variant, name)));
  const properties = Object.fromEntries(
    names.map((name) => [name, choice(variants.flatMap((variant): Structural[] => (variant.properties?.[name] ? [variant.properties[name]] : [])))]),
  );
  const { rules, choices } = variantRules(variants, properties);
  return {
    type: "object",
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...(variants.some(isLoose) ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...(choices.length > 0 ? { allOf: choices } : {}),
    ...(rules.length > 0 ? { "x-kubernetes-validations": rules } : {}),
  };
}
