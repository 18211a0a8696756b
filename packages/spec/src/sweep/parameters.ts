import { z } from "zod";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export const Json: z.ZodType<Json> = z.json().describe("any JSON value");

const isMapping = (value: Json): value is { [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

const Labelled = z.strictObject({ label: z.string().min(1).describe("text (quote a number)"), value: Json });
/** An object with one of the two fields is a slip, not a value. */
const Unlabelled = Json.refine((value) => !(isMapping(value) && ("label" in value || "value" in value)), { abort: true }).describe("any JSON value");
/** A scalar, or any JSON under a label; labels are what CEL, `baseline` and the report see. A bare array or object is labelled by its canonical JSON. */
export const Value = z.union([Labelled, Unlabelled]).describe("a JSON value, or a mapping with label and value");
export type Value = z.infer<typeof Value>;

const Range = z.strictObject({ from: z.number(), to: z.number(), step: z.number().positive() });
const Spaced = z.strictObject({ from: z.number(), to: z.number(), count: z.int().min(2).max(1_000_000) });

export const Role = z.enum(["factor", "tuned", "blocked"]);
export type Role = z.infer<typeof Role>;

const name = z
  .string()
  .max(128)
  .regex(/^[A-Za-z][A-Za-z0-9_]*(\.([A-Za-z][A-Za-z0-9_]*|[0-9]+))*$/)
  .describe("a name of letters, digits and _ with dots between its parts (a glob or an index goes into `path`)");
/** Dots between names; keys of `allocation` may be globs on tensor names, `[0]` is the first entry of a list. */
const path = z.string().min(1).describe("a path into trainer.study");
const cel = z.string().min(1).describe("a CEL expression");
const values = {
  values: z.array(Value).min(1).optional(),
  /** from, from+step, … up to and including `to`. */
  range: Range.optional(),
  linspace: Spaced.optional(),
  logspace: Spaced.optional(),
};

/** A named thing to cross: exactly one of values, range, linspace, logspace. */
export const Parameter = z.strictObject({
  name,
  /** One or more paths into `trainer.study`; default: the name. */
  path: z.union([path, z.array(path).min(1)]).optional(),
  role: Role.default("factor"),
  /** CEL; the parameter exists only where it is true. */
  when: cel.optional(),
  ...values,
});
export type Parameter = z.infer<typeof Parameter>;

/** Parameters that move together, value by value. */
export const Zip = z.strictObject({
  zip: z
    .array(Parameter.omit({ role: true, when: true }))
    .min(2)
    .max(16),
  role: Role.default("factor"),
  when: cel.optional(),
});
export type Zip = z.infer<typeof Zip>;
