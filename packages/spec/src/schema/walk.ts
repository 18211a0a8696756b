import { z } from "zod";
import { Study } from "../study/study.ts";
import { WrittenStudy } from "../study/written.ts";

/** Any zod schema, as a thing to look into. */
export type Schema = z.core.$ZodType;

/** The schema inside an optional, default or lazy one, one level; undefined when there is none. */
function inner(schema: Schema): Schema | undefined {
  if (schema === WrittenStudy) return Study;
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodLazy;
  return wraps ? schema.unwrap() : undefined;
}

/** A schema and all those it wraps, outermost first. */
export function layers(schema: Schema): Schema[] {
  const next = inner(schema);
  return next ? [schema, ...layers(next)] : [schema];
}

/** Schemas never change, and every trial's study is walked. */
const cores = new WeakMap<Schema, Schema>();
const alternatives = new WeakMap<Schema, Schema[]>();

/** The schema inside all wrapping ones, which holds the structure. */
export function bare(schema: Schema): Schema {
  const known = cores.get(schema);
  if (known) return known;
  const next = inner(schema);
  const core = next ? bare(next) : schema;
  cores.set(schema, core);
  return core;
}

/** The alternatives a value may follow: of a discriminated union the chosen one, of another union those that share most fields with it. */
export function variants(schema: Schema, value?: unknown): Schema[] {
  const core = bare(schema);
  if (!(core instanceof z.ZodUnion)) return [core];
  return isRecord(value) ? possibleFor(core, value) : allOf(core);
}

function allOf(union: z.ZodUnion): Schema[] {
  const known = alternatives.get(union);
  if (known) return known;
  const all = union.options.flatMap((option) => variants(option));
  alternatives.set(union, all);
  return all;
}

function possibleFor(core: z.ZodUnion, value: Record<string, unknown>): Schema[] {
  const possible = core instanceof z.ZodDiscriminatedUnion ? chosen(core.options, core.def.discriminator, value) : meant(core.options, value);
  return possible.flatMap((option) => variants(option, value));
}

/** The alternatives whose discriminator is the one written; all of them where it is none of theirs. */
function chosen(options: readonly Schema[], discriminator: string, value: unknown): readonly Schema[] {
  const written = entryOf(value, discriminator);
  const matching = options.filter((option) => acceptedLiterals(fieldsOf(option)?.[discriminator]).includes(written));
  return matching.length > 0 ? matching : options;
}

/** Of alternatives told apart by nothing but their fields, those that share most with what was written. */
export function meant(options: readonly Schema[], value: unknown): readonly Schema[] {
  if (!isRecord(value)) return options;
  const shared = options.map((option) => Object.keys(fieldsOf(option) ?? {}).filter((name) => name in value).length);
  const most = Math.max(...shared);
  return most === 0 ? options : options.filter((_option, index) => shared[index] === most);
}

/** The literals an enum or literal schema lists; empty for others. */
export function acceptedLiterals(schema: Schema | undefined): unknown[] {
  const core = schema && bare(schema);
  if (core instanceof z.ZodEnum) return [...core.options];
  return core instanceof z.ZodLiteral ? [...core.values] : [];
}

/** The fields of an object schema; undefined for anything else. */
export function fieldsOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const core = bare(schema);
  return core instanceof z.ZodObject ? core.shape : undefined;
}

/** The names an object schema, or a map with given keys, takes. */
export function keysOf(schema: Schema): string[] {
  return schema instanceof z.ZodRecord ? acceptedLiterals(schema.keyType).map(String) : Object.keys(fieldsOf(schema) ?? {});
}

/** Whether an object schema takes fields it does not list. */
export function takesAnyField(schema: Schema): boolean {
  return schema instanceof z.ZodObject && schema.def.catchall !== undefined && !(schema.def.catchall instanceof z.ZodNever);
}

/** The schema below a key, in one alternative. */
function childOf(schema: Schema, key: string | number): Schema | undefined {
  if (typeof key === "number") return elementOf(schema, key);
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, key) ? fieldsOf(schema)?.[key] : undefined;
  if (!(schema instanceof z.ZodRecord)) return undefined;
  const keys = keysOf(schema);
  return keys.length === 0 || keys.includes(key) ? schema.valueType : undefined;
}

function elementOf(schema: Schema, index: number): Schema | undefined {
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodTuple ? schema.def.items[index] : undefined;
}

/** All schemas a path may lead to; `value` is what stands at the root and chooses among alternatives. */
export function schemasAt(root: Schema, path: readonly (string | number)[], value?: unknown): Schema[] {
  const [key, ...rest] = path;
  if (key === undefined) return [root];
  return variants(root, value).flatMap((variant) => {
    const child = childOf(variant, key);
    return child ? schemasAt(child, rest, entryOf(value, key)) : [];
  });
}

/** A JSON object, not an array and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a mapping or list holds at a key; undefined where it holds nothing. */
export function entryOf(value: unknown, key: string | number): unknown {
  if (isRecord(value)) return Object.hasOwn(value, key) ? value[key] : undefined;
  return Array.isArray(value) && typeof key === "number" ? value[key] : undefined;
}
