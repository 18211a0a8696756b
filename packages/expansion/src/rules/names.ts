import type { Axis } from "../axes.ts";

/** What a rule says about a parameter: its value, its label, or whether it is active. */
export interface Reference {
  readonly kind: "value" | "label" | "has";
  readonly axis: number;
  readonly level: number;
  /** The identifier that stands for it in the translated text. */
  readonly identifier: string;
  /** As the manifest writes it. */
  readonly written: string;
}

/** A rule with parameter names, which may hold dots and digits that CEL would read otherwise, replaced by identifiers. */
export interface Translated {
  readonly text: string;
  readonly references: readonly Reference[];
  /** Functions called, in order. */
  readonly functions: readonly string[];
  /** Names that are neither parameters nor known to CEL as far as the text shows: first word → the whole dotted name. */
  readonly others: ReadonlyMap<string, string>;
  /** Longest chain of list macros inside one another. */
  readonly depth: number;
}

const macros = new Set(["all", "exists", "exists_one", "map", "filter"]);
const token =
  /(?<skip>\/\/[^\n]*|[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|[0-9][\w.]*)|(?<word>[A-Za-z_]\w*)|(?<open>[([{])|(?<close>[)\]}])/y;
const has = /has\s*\(\s*/y;
const label = /label\s*\(\s*(?:"(?<double>[^"\\]*)"|'(?<single>[^'\\]*)')\s*\)/y;

/** Replaces `name`, `label('name')` and `has(name)` for every parameter; strings, comments and fields of values are left alone. */
export function translate(rule: string, axes: readonly Axis[]): Translated {
  return new Translator(rule, axes).run();
}

class Translator {
  readonly #rule: string;
  readonly #parameters: readonly { name: string; axis: number; level: number }[];
  readonly #references = new Map<string, Reference>();
  readonly #functions: string[] = [];
  readonly #others = new Map<string, string>();
  /** One entry an open bracket: whether a list macro opened it. */
  readonly #open: boolean[] = [];
  #depth = 0;
  #at = 0;
  #text = "";

  constructor(rule: string, axes: readonly Axis[]) {
    this.#rule = rule;
    const named = axes.flatMap((axis) => axis.levels.map(({ name }, level) => ({ name, axis: axis.index, level })));
    this.#parameters = named.sort((a, b) => b.name.length - a.name.length);
  }

  run(): Translated {
    while (this.#at < this.#rule.length) this.#step();
    return { text: this.#text, references: [...this.#references.values()], functions: this.#functions, others: this.#others, depth: this.#depth };
  }

  #step(): void {
    token.lastIndex = this.#at;
    const match = token.exec(this.#rule);
    if (!match) return this.#copy(1);
    const { word, open, close } = match.groups ?? {};
    if (word !== undefined) return this.#word(word);
    if (open) this.#push(open === "(" && macros.has(this.#functions.at(-1) ?? "") && /\w\s*$/.test(this.#rule.slice(0, this.#at)));
    if (close) this.#open.pop();
    return this.#copy(match[0].length);
  }

  #push(macro: boolean): void {
    this.#open.push(macro);
    this.#depth = Math.max(this.#depth, this.#open.filter(Boolean).length);
  }

  #word(word: string): void {
    const before = this.#rule.slice(0, this.#at).trimEnd();
    const field = before.endsWith(".");
    if (!field && (this.#labelled() || this.#guarded())) return;
    const parameter = field ? undefined : this.#parameterAt(this.#at);
    if (parameter) return this.#refer("value", parameter, parameter.name.length);
    const after = this.#rule.slice(this.#at + word.length);
    if (/^\s*\(/.test(after)) this.#functions.push(word);
    else if (!field && !this.#others.has(word)) this.#others.set(word, word + (/^(?:\.\w+)+/.exec(after)?.[0] ?? ""));
    return this.#copy(word.length);
  }

  /** `label('name')` of a parameter; anything else called label is left for the checker to refuse. */
  #labelled(): boolean {
    label.lastIndex = this.#at;
    const match = label.exec(this.#rule);
    const name = match?.groups?.["double"] ?? match?.groups?.["single"];
    const parameter = this.#parameters.find((one) => one.name === name);
    if (!match || !parameter) return false;
    this.#refer("label", parameter, match[0].length);
    return true;
  }

  #guarded(): boolean {
    has.lastIndex = this.#at;
    const open = has.exec(this.#rule);
    const parameter = open && this.#parameterAt(this.#at + open[0].length);
    const close = parameter && /^\s*\)/.exec(this.#rule.slice(this.#at + open[0].length + parameter.name.length));
    if (!close) return false;
    this.#refer("has", parameter, open[0].length + parameter.name.length + close[0].length);
    return true;
  }

  /** The longest parameter name that starts here and ends at a word's end. */
  #parameterAt(at: number): { name: string; axis: number; level: number } | undefined {
    return this.#parameters.find(({ name }) => this.#rule.startsWith(name, at) && !/^\w/.test(this.#rule.slice(at + name.length)));
  }

  #refer(kind: Reference["kind"], { axis, level }: { axis: number; level: number }, length: number): void {
    const identifier = `${kind}_${axis}_${level}_`;
    this.#references.set(identifier, { kind, axis, level, identifier, written: this.#rule.slice(this.#at, this.#at + length) });
    this.#text += identifier;
    this.#at += length;
  }

  #copy(length: number): void {
    this.#text += this.#rule.slice(this.#at, this.#at + length);
    this.#at += length;
  }
}
