import { z } from "zod";
import { canonicalJson } from "./canonical.ts";
import { fieldsOf, isRecord, layers, type Schema, variants } from "./schema/walk.ts";
import { Shape } from "./study/shape.ts";
import { Study } from "./study/study.ts";

/**
 * The canonical JSON of a study's fields tagged Shape: equal exactly where the traced programs, their
 * tensors and their lengths are equal. Learning rates, distributions, budgets and masks are data.
 * Takes a parsed study, so that a default left out and one written down are the same.
 */
export function shapeClass(study: Study): string {
  return canonicalJson(taggedPart(Study, study) ?? {});
}

function taggedPart(schema: Schema, value: unknown): unknown {
  if (value === undefined) return undefined;
  const [variant] = variants(schema, value);
  const tag = [...layers(schema), ...(variant ? [variant] : [])].map((layer) => Shape.get(layer)?.shape).find((one) => one !== undefined);
  if (tag !== undefined) return tag === true ? value : tag(value);
  if (!variant) return undefined;
  if (!isRecord(value)) return undefined;
  return variant instanceof z.ZodRecord ? taggedEntries(variant.valueType, value) : taggedFields(fieldsOf(variant) ?? {}, value);
}

function taggedFields(fields: Readonly<Record<string, Schema>>, value: Record<string, unknown>): unknown {
  const parts = Object.entries(fields).map(([name, field]) => [name, taggedPart(field, value[name])] as const);
  return nonEmptyRecord(parts);
}

/** Which tensors a rule speaks for shapes the program, so a map's keys count where its entries do. */
function taggedEntries(entry: Schema, value: Record<string, unknown>): unknown {
  return nonEmptyRecord(Object.entries(value).map(([key, one]) => [key, taggedPart(entry, one)] as const));
}

function nonEmptyRecord(parts: (readonly [string, unknown])[]): unknown {
  const kept = parts.filter(([, part]) => part !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}
