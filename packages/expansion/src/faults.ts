import { type Issue, manifestError, type Sweep } from "@allot/spec";

/** What a person has to change, gathered so that one look at a manifest shows all of it. */
export class Faults {
  readonly #sweep: Sweep;
  readonly #issues: Issue[] = [];

  constructor(sweep: Sweep) {
    this.#sweep = sweep;
  }

  add(issue: Omit<Issue, "by">): void {
    this.#issues.push({ ...issue, by: "semantics" });
  }

  /** Throws a ManifestError that points into the manifest's file. */
  throwIfAny(): void {
    if (this.#issues.length > 0) throw manifestError(this.#sweep, this.#issues);
  }
}

/** The one-issue case, thrown at once. */
export function fault(sweep: Sweep, issue: Omit<Issue, "by">): never {
  throw manifestError(sweep, [{ ...issue, by: "semantics" }]);
}
