import type { Sweep } from "@allot/spec";
import { TypeError as CelTypeError, Environment, EvaluationError, ParseError, type ParseResult } from "@marcbachmann/cel-js";
import type { Axis } from "../axes.ts";
import { fault } from "../faults.ts";
import { explain, explainMixed, readable } from "./explain.ts";
import { mixedComparison } from "./mixing.ts";
import { type Reference, type Translated, translate } from "./names.ts";
import { celType, celValue, longestList } from "./types.ts";

/** Digits by axis index; the axis's size stands for inactive. */
export type Digits = ArrayLike<number>;

/** A type-checked CEL rule over digits. */
export interface Rule {
  readonly source: string;
  /** Where the manifest has it. */
  readonly path: readonly (string | number)[];
  /** Axes read, ascending. */
  readonly axes: readonly number[];
  /** A bound on the work of one evaluation. */
  readonly weight: number;
  /** A constraint that reads an inactive parameter without has() does not apply, and a `when` that does is false. */
  holds(digits: Digits): boolean;
}

export interface RuleSource {
  readonly sweep: Sweep;
  readonly axes: readonly Axis[];
  readonly kind: "constraint" | "when";
  readonly source: string;
  readonly path: readonly (string | number)[];
}

/** Everything that ends soon: no regular expressions, no bindings that could double a list again and again. */
const functions = [
  "has",
  "label",
  "size",
  "int",
  "double",
  "string",
  "dyn",
  "startsWith",
  "endsWith",
  "contains",
  "all",
  "exists",
  "exists_one",
  "map",
  "filter",
];
const longest = 2000;
const deepest = 2;
/** Results kept per rule; beyond that the rule is evaluated again. */
const remembered = 4_000_000;

/** Translates and type-checks a rule; nothing is evaluated. Throws ManifestError naming the rule, what is wrong with it and the fix. */
export function compileRule(from: RuleSource): Rule {
  const { sweep, source, path, axes } = from;
  const refuse = (message: string): never => fault(sweep, { path: [...path], value: source, message: `"${source}" ${message}` });
  if (source.length > longest) refuse(`has ${source.length} characters; ${longest} are read: split it into several constraints`);
  const translated = translate(source, axes);
  const parsed = parse(translated, axes, refuse);
  const result = parsed.check();
  if (result.error) refuse(explain(result.error, translated, axes));
  const mixed = mixedComparison(parsed.ast);
  if (mixed) refuse(explainMixed(mixed, translated, axes));
  if (result.type !== "bool" && result.type !== "dyn") refuse(`is ${result.type}; a rule says true or false`);
  return new CompiledRule(from, translated, parsed);
}

function parse(translated: Translated, axes: readonly Axis[], refuse: (message: string) => never): ParseResult {
  const called = translated.functions.find((name) => !functions.includes(name));
  if (called) refuse(`calls ${called}(), which rules can't; they can call ${functions.join(", ")}`);
  if (translated.functions.includes("label")) {
    const names = axes.flatMap(({ levels }) => levels.map(({ name }) => `'${name}'`));
    refuse(`calls label() with something other than a parameter's name in quotes; the names are ${names.join(", ")}`);
  }
  if (translated.depth > deepest) refuse(`has list macros ${translated.depth} deep; ${deepest} are read`);
  const environment = new Environment();
  for (const { kind, axis, level, identifier } of translated.references) {
    const { labels, values } = axes[axis]!.levels[level]!;
    environment.registerVariable(identifier, kind === "has" ? "bool" : celType(kind === "label" ? labels : values));
  }
  try {
    return environment.parse(translated.text);
  } catch (error) {
    if (error instanceof ParseError) return refuse(`can't be read: ${explain(error, translated, axes)}`);
    if (error instanceof CelTypeError) return refuse(explain(error, translated, axes));
    throw error;
  }
}

class CompiledRule implements Rule {
  readonly source: string;
  readonly path: readonly (string | number)[];
  readonly axes: readonly number[];
  readonly weight: number;
  readonly #from: RuleSource;
  readonly #references: readonly Reference[];
  readonly #parsed: ParseResult;
  /** Axes read without has(). */
  readonly #unguarded: readonly number[];
  /** CEL values of each reference by digit; made at the first evaluation. */
  #values: readonly (readonly unknown[])[] | undefined;
  /** 0 unknown, 1 false, 2 true, by the digits of the axes read. */
  readonly #memory: Uint8Array | undefined;
  readonly #context: Record<string, unknown> = {};

  constructor(from: RuleSource, { references, text, depth }: Translated, parsed: ParseResult) {
    this.source = from.source;
    this.path = from.path;
    this.axes = [...new Set(references.map(({ axis }) => axis))].sort((a, b) => a - b);
    this.#from = from;
    this.#references = references;
    this.#parsed = parsed;
    const guarded = new Set(references.filter(({ kind }) => kind === "has").map(({ axis }) => axis));
    this.#unguarded = this.axes.filter((axis) => !guarded.has(axis));
    const combinations = this.axes.reduce((product, axis) => product * (from.axes[axis]!.size + 1), 1);
    this.#memory = combinations <= remembered ? new Uint8Array(combinations) : undefined;
    const lists = references.map(({ axis, level }) => longestList(from.axes[axis]!.levels[level]!.values));
    const turns = Math.max(...lists, 1) * (text.split("+").length + text.split(",").length);
    this.weight = text.length * turns ** depth;
  }

  holds(digits: Digits): boolean {
    for (const axis of this.#unguarded) {
      if (digits[axis] === this.#from.axes[axis]!.size) return this.#from.kind === "constraint";
    }
    if (!this.#memory) return this.#evaluate(digits);
    let key = 0;
    for (const axis of this.axes) key = key * (this.#from.axes[axis]!.size + 1) + digits[axis]!;
    const known = this.#memory[key]!;
    if (known > 0) return known === 2;
    const result = this.#evaluate(digits);
    this.#memory[key] = result ? 2 : 1;
    return result;
  }

  #evaluate(digits: Digits): boolean {
    this.#values ??= this.#references.map((reference) => celValues(reference, this.#from.axes));
    for (const [position, { kind, axis, identifier }] of this.#references.entries()) {
      const digit = digits[axis]!;
      this.#context[identifier] = kind === "has" ? digit < this.#from.axes[axis]!.size : this.#values[position]?.[digit];
    }
    try {
      const result: unknown = this.#parsed(this.#context);
      if (typeof result === "boolean") return result;
      return this.#fail(digits, `gives ${JSON.stringify(typeof result === "bigint" ? Number(result) : result)}; a rule says true or false`);
    } catch (error) {
      if (error instanceof EvaluationError) return this.#fail(digits, readEvaluation(error, this.#references));
      throw error;
    }
  }

  #fail(digits: Digits, message: string): never {
    const { sweep, axes, path, source } = this.#from;
    const at = this.axes.flatMap((axis) => axes[axis]!.levels.map(({ name, labels }) => `${name}=${labels[digits[axis]!] ?? "(inactive)"}`));
    return fault(sweep, { path: [...path], value: source, message: `"${source}" ${message}, at ${at.join(", ")}` });
  }
}

function celValues({ kind, axis, level }: Reference, axes: readonly Axis[]): unknown[] {
  const { labels, values } = axes[axis]!.levels[level]!;
  if (kind === "has") return [];
  const read = kind === "label" ? labels : values;
  const type = celType(read);
  return read.map((value) => celValue(value, type));
}

function readEvaluation(error: EvaluationError, references: readonly Reference[]): string {
  const said = readable(error.summary, references);
  if (error.code !== "unknown_variable") return `can't be evaluated: ${said}`;
  const written = said.replace(/^Unknown variable: /, "");
  return `reads ${written} where it is inactive; write has(${written}) && … around it`;
}
