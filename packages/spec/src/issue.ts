/** One thing wrong with a manifest. `by`: whether the structure alone shows it, or only its meaning. */
export interface Issue {
  readonly path: (string | number)[];
  /** What is wrong and what would be accepted. */
  readonly message: string;
  readonly by: "schema" | "semantics";
  /** What the manifest says there; absent where it says nothing. */
  readonly value?: unknown;
  /** 1-based position in the YAML file. */
  readonly line?: number;
  readonly column?: number;
}

/** `["spec", "parameters", 0, "layer.0"]` → `spec.parameters[0]["layer.0"]`; the root is `(document)`. */
export function pathText(path: readonly (string | number)[]): string {
  const text = path.map(segmentText).join("").replace(/^\./, "");
  return text === "" ? "(document)" : text;
}

function segmentText(segment: string | number): string {
  if (typeof segment === "number") return `[${segment}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}

/** `line:col: path: message`, without the position where it is unknown. */
export function issueText(issue: Issue): string {
  const at = issue.line === undefined ? "" : `${issue.line}:${issue.column ?? 1}: `;
  return `${at}${pathText(issue.path)}: ${issue.message}`;
}

/** A manifest a person has to change. One line an issue: `file:line:col: path: message`. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly issues: readonly Issue[];
  readonly file: string;

  constructor(issues: readonly Issue[], file = "manifest") {
    super(issues.map((issue) => `${file}:${issue.line === undefined ? " " : ""}${issueText(issue)}`).join("\n"));
    this.issues = issues;
    this.file = file;
  }
}
