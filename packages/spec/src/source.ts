import type { Document, LineCounter } from "yaml";
import { isAlias, isMap, isNode, isScalar, isSeq } from "yaml";
import type { Issue } from "./issue.ts";
import { ManifestError } from "./issue.ts";
import type { Sweep } from "./sweep/sweep.ts";

/** One YAML document and how its offsets become lines. */
export interface Source {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Sweeps remember the text they were parsed from, so that whoever finds fault later can point into it. */
const sources = new WeakMap<object, Source>();

/** Ties a sweep to its text. */
export function remember(sweep: Sweep, source: Source): Sweep {
  sources.set(sweep, source);
  return sweep;
}

/** Ties a sweep that was made of another one to the text of that. */
export function derived(from: Sweep, sweep: Sweep): Sweep {
  const source = sources.get(from);
  return source ? remember(sweep, source) : sweep;
}

/**
 * The document a sweep was parsed from, as its author wrote it: without the defaults.
 * @throws Error for a sweep that was not read from a file.
 */
export function writtenManifest(sweep: Sweep): unknown {
  const source = sources.get(sweep);
  if (!source) throw new Error(`sweep ${sweep.metadata.name} was not read from a file`);
  return source.document.toJS();
}

/** Issues found in a parsed sweep as an error that points into its file, where there is one. */
export function manifestError(sweep: Sweep, issues: readonly Issue[]): ManifestError {
  const source = sources.get(sweep);
  return source
    ? new ManifestError(
        issues.map((issue) => located(source, issue)),
        source.file,
      )
    : new ManifestError(issues);
}

/** The issue with the line and column of its value; of the nearest key around it where there is no value. */
export function located(source: Source, issue: Issue): Issue {
  if (issue.line !== undefined) return issue;
  const { line, col } = source.lines.linePos(offsetOf(source.document, issue));
  return { ...issue, line, column: col };
}

function offsetOf(document: Document.Parsed, { path, message }: Issue): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    const found = child(resolved(document, node), key);
    if (!found) return offset;
    // An unknown field is pointed at by its name; a field that lacks something inside as well.
    const last = depth === path.length - 1;
    const inKey = last ? message.startsWith("unknown field") : !child(resolved(document, found.value), path[depth + 1] ?? "");
    offset = (inKey ? startOf(found.key) : undefined) ?? startOf(found.value) ?? startOf(found.key) ?? offset;
    node = found.value;
  }
  return offset;
}

function resolved(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function child(node: unknown, key: string | number): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node) && typeof key === "number") return key < node.items.length ? { value: node.items[key] } : undefined;
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  return pair ? { key: pair.key, value: pair.value } : undefined;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** The path of the innermost value whose key or text an offset lies in. */
export function pathAt(document: Document.Parsed, offset: number): Issue["path"] {
  const path: Issue["path"] = [];
  let node: unknown = document.contents;
  for (;;) {
    const inside = entriesOf(node).findLast(({ key, value }) => covers(key, offset) || covers(value, offset));
    if (!inside) return path;
    path.push(inside.name);
    node = inside.value;
  }
}

function entriesOf(node: unknown): { name: string | number; key?: unknown; value: unknown }[] {
  if (isSeq(node)) return node.items.map((value, name) => ({ name, value }));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => (isScalar(key) ? [{ name: String(key.value), key, value }] : []));
}

function covers(node: unknown, offset: number): boolean {
  const range = isNode(node) ? node.range : undefined;
  return range ? range[0] <= offset && offset < Math.max(range[1], range[0] + 1) : false;
}
