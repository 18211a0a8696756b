import { z } from "zod";
import { entryOf, fieldsOf, isRecord, type Schema, schemasAt, takesAnyField, variants } from "./schema/walk.ts";
import { Study } from "./study/study.ts";
import type { Parameter } from "./sweep/parameters.ts";

/** Keys and indexes from the root of a study. */
export type Segments = (string | number)[];

/** The paths a parameter is set at: `path`, or its own name. */
export function parameterPaths(parameter: Pick<Parameter, "name" | "path">): string[] {
  const { path = parameter.name } = parameter;
  return typeof path === "string" ? [path] : path;
}

/** A path that can't be set; the message says why. */
export class PathError extends Error {
  override readonly name = "PathError";
}

/**
 * Splits a dotted path. The keys of maps (`allocation`, `initialiser`, …) are globs on tensor names
 * and may hold dots: the longest key the study has wins, else the shortest one whose remainder the
 * schema knows (`allocation.layer.0.bias` is the field `bias` of the key `layer.0`).
 * `known` is false where the schema has no such field.
 */
export function resolvePath(study: object, path: string): { segments: Segments; known: boolean } {
  const segments: Segments = [];
  let at: Cursor = { schemas: [Study], value: study, rest: path };
  while (at.rest !== "") {
    const taken: Taken = take(at);
    segments.push(taken.key);
    at = { schemas: schemasBelow(at, taken.key), value: entryOf(at.value, taken.key), rest: taken.rest };
  }
  return { segments, known: segments.length > 0 && at.schemas.length > 0 };
}

interface Cursor {
  readonly schemas: readonly Schema[];
  readonly value: unknown;
  readonly rest: string;
}
interface Taken {
  readonly key: string | number;
  readonly rest: string;
}

function take(at: Cursor): Taken {
  const record = at.schemas.flatMap((schema) => variants(schema)).find((variant) => variant instanceof z.ZodRecord);
  if (record) return takeMapKey(at, record);
  const match = /^(?:\[(?<index>\d+)\]|(?<word>[^.[\]]+))(?:\.(?=.)|(?=\[)|$)/.exec(at.rest);
  if (!match?.groups) throw new PathError(`can't read "${at.rest}": write names with dots between them, and [0] for the first entry of a list`);
  const word = match.groups["index"] ?? match.groups["word"] ?? "";
  const index = match.groups["index"] !== undefined || (/^\d+$/.test(word) && !isRecord(at.value));
  return { key: index ? Number(word) : word, rest: at.rest.slice(match[0].length) };
}

/** Every way to cut `rest` into a key and a remainder, shortest key first. */
function cuts(rest: string): Taken[] {
  const inner = [...rest.matchAll(/\.(?=.)|(?=\[)/g)].filter((match) => match.index > 0 && !insideBraces(rest, match.index));
  return [...inner.map((match) => ({ key: rest.slice(0, match.index), rest: rest.slice(match.index + match[0].length) })), { key: rest, rest: "" }];
}

function insideBraces(text: string, index: number): boolean {
  const before = text.slice(0, index);
  return before.split("{").length > before.split("}").length;
}

function takeMapKey(at: Cursor, record: Schema): Taken {
  const all = cuts(at.rest);
  const existing = all.filter(({ key }) => isRecord(at.value) && Object.hasOwn(at.value, key)).at(-1);
  if (existing) return existing;
  const entry = schemasAt(record, [""]);
  return all.find(({ rest }) => rest !== "" && knows(entry, rest)) ?? { key: at.rest, rest: "" };
}

/** Whether a field path can follow, without a value that would choose among alternatives. */
function knows(schemas: readonly Schema[], rest: string): boolean {
  let at: Cursor = { schemas, value: undefined, rest };
  while (at.rest !== "" && at.schemas.length > 0) {
    const taken = take(at);
    at = { schemas: schemasBelow(at, taken.key), value: undefined, rest: taken.rest };
  }
  return at.schemas.length > 0;
}

function schemasBelow(at: Cursor, key: string | number): Schema[] {
  return at.schemas.flatMap((schema) => {
    // A value that is replaced later may choose another alternative: any of them may know the field.
    const here = schemasAt(schema, [key]);
    return here.length > 0 || !variants(schema, at.value).some(takesAnyField) ? here : variants(schema, at.value).filter(takesAnyField);
  });
}

/** A copy of the study with the value at the path; what is missing on the way is made. Throws PathError. */
export function setPath(study: object, path: string, value: unknown): object {
  const [key, ...rest] = resolvePath(study, path).segments;
  if (typeof key !== "string") throw new PathError(`"${path}" names no field of the study`);
  return { ...study, [key]: setSegments(entryOf(study, key), rest, value) };
}

function setSegments(target: unknown, segments: Segments, value: unknown): unknown {
  const [key, ...rest] = segments;
  if (key === undefined) return value;
  if (typeof key === "number") return setEntry(target ?? [], [key, ...rest], value);
  if (target !== undefined && !isRecord(target)) throw new PathError(`"${key}" can't be set: there is ${JSON.stringify(target)}, not a mapping`);
  return { ...target, [key]: setSegments(target?.[key], rest, value) };
}

function setEntry(target: unknown, [index, ...rest]: [number, ...Segments], value: unknown): unknown[] {
  if (!Array.isArray(target)) throw new PathError(`entry ${index} can't be set: there is ${JSON.stringify(target)}, not a list`);
  if (index > target.length) throw new PathError(`entry ${index} can't be set: the list in the study has ${target.length}; write it out there`);
  return [...target.slice(0, index), setSegments(target[index], rest, value), ...target.slice(index + 1)];
}

/** The dotted paths the schema knows, alternatives together; `<key>` stands for a map's key. For suggestions. */
export function knownPaths(): string[] {
  return [...new Set(below(Study, 0))];
}

function below(schema: Schema, depth: number): string[] {
  return variants(schema).flatMap((variant) => {
    const fields = fieldsOf(variant);
    if (!fields || depth > 4) return [];
    return Object.entries(fields).flatMap(([name, field]) => [name, ...below(field, depth + 1).map((rest) => `${name}.${rest}`)]);
  });
}
