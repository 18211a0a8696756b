import type { JsonSchema, Structural } from "./schema.ts";
import { free } from "./schema.ts";
import { choice } from "./unions.ts";

/** Rewrites zod's JSON schema; where a choice can't be written structurally, the node takes what any alternative takes. */
export function structural(schema: JsonSchema): Structural {
  return { ...bareOf(schema), ...annotations(schema) };
}

/** What is said beside the type: where it came from does not matter. */
function annotations({ description, default: value, ...rest }: JsonSchema): Structural {
  const extensions = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith("x-kubernetes-")));
  return { ...extensions, ...(typeof description === "string" ? { description } : {}), ...(value === undefined ? {} : { default: value }) };
}

function bareOf(schema: JsonSchema): Structural {
  // The one recursive schema is JSON itself.
  if (schema.$ref !== undefined || schema.allOf) return free;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return choice(alternatives.map(structural));
  if (schema.type === "object") return objectOf(schema);
  if (schema.type === "array") return arrayOf(schema);
  return schema.type === undefined ? free : scalar(schema);
}

function objectOf(schema: JsonSchema): Structural {
  const { properties = {}, required = [], additionalProperties } = schema;
  const keys = schema.propertyNames?.enum;
  if (keys && isSchema(additionalProperties)) {
    const value = structural(additionalProperties);
    return { type: "object", properties: Object.fromEntries(keys.map((key) => [String(key), value])) };
  }
  if (Object.keys(properties).length === 0 && isSchema(additionalProperties)) return { type: "object", additionalProperties: structural(additionalProperties) };
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, structural(inner)])),
    ...(required.length > 0 ? { required } : {}),
    ...(isSchema(additionalProperties) ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
  };
}

function isSchema(schema: JsonSchema | boolean | undefined): schema is JsonSchema {
  return typeof schema === "object";
}

function arrayOf({ items, minItems, maxItems }: JsonSchema): Structural {
  const bounds = { ...(minItems === undefined ? {} : { minItems }), ...(maxItems === undefined ? {} : { maxItems }) };
  if (!isTuple(items)) return { type: "array", items: items ? structural(items) : free, ...bounds };
  return { type: "array", items: choice(items.map(structural)), minItems: items.length, maxItems: items.length };
}

function isTuple(items: JsonSchema["items"]): items is readonly JsonSchema[] {
  return Array.isArray(items);
}

const kept = ["type", "enum", "minimum", "maximum", "minLength", "maxLength"];

function scalar(schema: JsonSchema): Structural {
  const { const: only, exclusiveMinimum, exclusiveMaximum, format, pattern } = schema;
  return {
    ...Object.fromEntries(kept.flatMap((name) => (schema[name] === undefined ? [] : [[name, schema[name]]]))),
    ...(schema.type === "integer" ? { format: "int64" } : {}),
    ...(only === undefined ? {} : { enum: [only] }),
    ...(exclusiveMinimum === undefined ? {} : { minimum: exclusiveMinimum, exclusiveMinimum: true }),
    ...(exclusiveMaximum === undefined ? {} : { maximum: exclusiveMaximum, exclusiveMaximum: true }),
    // Kubernetes checks times by their format.
    ...(format === "date-time" ? { format } : pattern === undefined ? {} : { pattern }),
  };
}
