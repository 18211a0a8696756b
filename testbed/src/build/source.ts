/** Programs of one Go module that are built together, statically linked. */
export interface Source {
  /** What a person calls it. */
  readonly name: string;
  /** Names of the programs, each with its package. */
  readonly programs: Readonly<Record<string, string>>;
  /** A pinned version of the module, or a folder with go.mod and go.sum that pins it (for modules that `go install` refuses or that want replacements). */
  readonly from: { readonly version: string } | { readonly folder: string };
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Values of string variables that the linker sets. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What decides where programs are looked for. */
export type Environment = Readonly<Record<string, string | undefined>>;
