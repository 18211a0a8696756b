import type { Alias, Document, YAMLError } from "yaml";
import { isScalar, LineCounter, parseAllDocuments, visit } from "yaml";
import { checkSweep } from "./check.ts";
import type { Issue } from "./issue.ts";
import { ManifestError } from "./issue.ts";
import { readDifferently } from "./kubectl-yaml.ts";
import type { Source } from "./source.ts";
import { located, pathAt, remember } from "./source.ts";
import type { Sweep } from "./sweep/sweep.ts";

/**
 * All sweeps of a YAML file; documents are separated by `---`, anchors and `<<` merges are YAML's own.
 * Throws ManifestError with every issue of every document, each with its line and column.
 */
export function parseManifests(text: string, file: string): Sweep[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const documents = Array.isArray(parsed) ? parsed.filter((document) => !isBlank(document)) : [];
  const results = documents.map((document) => readDocument({ file, document, lines }));
  const issues = results.flatMap((result) => ("issues" in result ? result.issues : []));
  if (documents.length === 0) issues.push({ path: [], by: "schema", message: "expected a Sweep, got an empty file", line: 1, column: 1 });
  const sweeps = results.flatMap((result) => ("sweep" in result ? [result] : []));
  issues.push(...repeatedNames(sweeps));
  if (issues.length > 0) throw new ManifestError(issues.toSorted(byPosition), file);
  return sweeps.map(({ sweep }) => sweep);
}

function byPosition(a: Issue, b: Issue): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** A separator too many is no fault. */
function isBlank({ contents, errors }: Document.Parsed): boolean {
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));
}

interface Read {
  readonly sweep: Sweep;
  readonly source: Source;
}

function readDocument(source: Source): Read | { issues: Issue[] } {
  const broken = [...source.document.errors, ...source.document.warnings];
  if (broken.length > 0) return { issues: broken.map((error) => yamlIssue(source, error)) };
  const unclear = readDifferently(source.document).map((word) => wordIssue(source, word));
  if (unclear.length > 0) return { issues: unclear };
  const content = contentOf(source);
  if ("issue" in content) return { issues: [located(source, content.issue)] };
  const checked = checkSweep(content.value);
  if ("issues" in checked) return { issues: checked.issues.map((issue) => located(source, issue)) };
  return { sweep: remember(checked.sweep, source), source };
}

/** One manifest means the same on a laptop and through kubectl. */
function wordIssue({ lines, document }: Source, { offset, value, message }: { offset: number; value: unknown; message: string }): Issue {
  const { line, col } = lines.linePos(offset);
  return { path: pathAt(document, offset), by: "semantics", value, message, line, column: col };
}

function yamlIssue({ lines, document }: Source, error: YAMLError): Issue {
  const { line, col } = lines.linePos(error.pos[0]);
  const message = error.code === "DUPLICATE_KEY" ? "this field is given twice: keep one" : `not valid YAML: ${error.message}`;
  return { path: pathAt(document, error.pos[0]), by: "schema", message, line, column: col };
}

/** Aliases that name no anchor, refer to each other without end, or multiply without measure, are refused by the parser. */
function contentOf(source: Source): { value: unknown } | { issue: Issue } {
  const { document } = source;
  const loose = looseAlias(document);
  if (loose) return { issue: yamlIssueAt(source, loose, `no anchor &${loose.source} stands before this: set it, or write the value here`) };
  try {
    return { value: document.toJS() };
  } catch (cause) {
    return { issue: { path: [], by: "schema", message: `not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}` } };
  }
}

function yamlIssueAt({ lines, document }: Source, alias: Alias, message: string): Issue {
  const offset = alias.range?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return { path: pathAt(document, offset), by: "schema", value: `*${alias.source}`, message, line, column: col };
}

function looseAlias(document: Document.Parsed): Alias | undefined {
  let loose: Alias | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document)) return undefined;
      loose = alias;
      return visit.BREAK;
    },
  });
  return loose;
}

function repeatedNames(reads: readonly Read[]): Issue[] {
  const first = new Map<string, Read>();
  return reads.flatMap((read) => {
    const { name } = read.sweep.metadata;
    if (!first.has(name)) first.set(name, read);
    if (first.get(name) === read) return [];
    return [
      located(read.source, {
        path: ["metadata", "name"],
        by: "semantics",
        value: name,
        message: `"${name}" is the name of an earlier sweep in this file: give each its own`,
      }),
    ];
  });
}
