import { z } from "zod";
import type { Issue } from "../issue.ts";
import { describe, list, shown } from "./describe.ts";
import { didYouMean } from "./nearest.ts";
import { bare, entryOf, isRecord, keysOf, meant, type Schema, schemasAt, variants } from "./walk.ts";

type ZodIssue = z.core.$ZodIssue;

/** What zod was asked: its issues are relative to this. */
export interface Asked {
  readonly root: Schema;
  readonly value: unknown;
}

/** zod's issues in our words: each with the value it is about and what would be accepted there. */
export function issuesOf(asked: Asked, zodIssues: readonly ZodIssue[]): Issue[] {
  const issues = zodIssues.flatMap((issue) => translate(asked, issue));
  // `learnngRate` is one slip, not an unknown and a missing field.
  const misspelt = new Set(issues.map(({ path, message }) => meantField(path, message)));
  return issues.filter(({ path, message }) => !(message.startsWith("missing:") && misspelt.has(JSON.stringify(path))));
}

function meantField(path: readonly (string | number)[], message: string): string | undefined {
  const name = /^unknown field .*\(did you mean "(?<name>[^"]+)"\?\)/.exec(message)?.groups?.["name"];
  return name === undefined ? undefined : JSON.stringify([...path.slice(0, -1), name]);
}

function translate(asked: Asked, issue: ZodIssue): Issue[] {
  const path = issue.path.filter((key) => typeof key !== "symbol");
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(asked, path, key));
  if (issue.code === "invalid_union") return unionIssues(asked, issue, path);
  const value = valueAtPath(asked.value, path);
  if (issue.code === "custom") return [withValue({ path, by: "semantics", message: issue.message }, value)];
  return [withValue({ path, by: "schema", message: expectation(asked, issue, path) }, value)];
}

function withValue(issue: Issue, value: unknown): Issue {
  return value === undefined ? issue : { ...issue, value };
}

function expectation(asked: Asked, issue: ZodIssue, path: (string | number)[]): string {
  const value = valueAtPath(asked.value, path);
  const schemas = schemasAt(asked.root, path, asked.value);
  const expected = [...new Set(schemas.map(describe))].join(" or ");
  if (value === undefined) return `missing: expected ${expected}`;
  if (issue.code === "too_small" && Array.isArray(value)) return `expected at least ${counted(Number(issue.minimum), "entry", "entries")}, got ${value.length}`;
  if (issue.code === "too_big" && Array.isArray(value)) return `expected at most ${counted(Number(issue.maximum), "entry", "entries")}, got ${value.length}`;
  const hint =
    typeof value === "string" && issue.code === "invalid_value"
      ? didYouMean(
          value,
          issue.values.filter((one) => typeof one === "string"),
        )
      : "";
  return `expected ${expected}, got ${shown(value)}${hint}`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function unknownField(asked: Asked, parent: (string | number)[], key: string): Issue {
  const holder = valueAtPath(asked.value, parent);
  const schemas = schemasAt(asked.root, parent, asked.value).flatMap((schema) => variants(schema, holder));
  const names = [...new Set(schemas.flatMap(keysOf))];
  const chosen = isRecord(holder) ? chosenText(holder) : "";
  const accepted = names.length === 0 ? "" : `; expected ${list(names)}`;
  const issue: Issue = { path: [...parent, key], by: "schema", message: `unknown field "${key}"${chosen}${didYouMean(key, names)}${accepted}` };
  return withValue(issue, isRecord(holder) ? holder[key] : undefined);
}

/** Which alternative the other fields belong to. */
function chosenText(holder: Record<string, unknown>): string {
  const discriminator = ["kind", "strategy"].find((name) => typeof holder[name] === "string");
  return discriminator === undefined ? "" : ` for ${discriminator} ${String(holder[discriminator])}`;
}

function unionIssues(asked: Asked, issue: z.core.$ZodIssueInvalidUnion, path: (string | number)[]): Issue[] {
  const value = valueAtPath(asked.value, path);
  if ("options" in issue && Array.isArray(issue.options)) return [wrongChoice(issue.options, value, path)];
  const nested = isRecord(value) ? meantAlternative(asked, issue, path) : undefined;
  if (nested)
    return issuesOf(
      asked,
      nested.map((one) => ({ ...one, path: [...path, ...one.path] })),
    );
  return [withValue({ path, by: "schema", message: expectation(asked, issue, path) }, value)];
}

function wrongChoice(options: readonly unknown[], value: unknown, path: (string | number)[]): Issue {
  const names = options.filter((option) => typeof option === "string");
  const message = value === undefined ? `missing: expected one of ${list(options)}` : `expected one of ${list(options)}, got ${shown(value)}`;
  return withValue({ path, by: "schema", message: `${message}${typeof value === "string" ? didYouMean(value, names) : ""}` }, value);
}

/** zod's own issues with the alternative that shares most fields with what was written. */
function meantAlternative(asked: Asked, issue: z.core.$ZodIssueInvalidUnion, path: (string | number)[]): ZodIssue[] | undefined {
  const union = schemasAt(asked.root, path, asked.value).map(bare)[0];
  if (!(union instanceof z.ZodUnion)) return undefined;
  const options: readonly Schema[] = union.options;
  const [first, ...others] = meant(options, valueAtPath(asked.value, path));
  return first && others.length + 1 < options.length ? issue.errors[options.indexOf(first)] : undefined;
}

/** What stands at a path of plain data; undefined where nothing does. */
export function valueAtPath(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(entryOf, root);
}
