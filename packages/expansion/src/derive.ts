import { type Cost, checkStudyInput, PathError, pathText, type Study, type Sweep, setPath } from "@allot/spec";
import type { Axis, Setting } from "./axes.ts";
import { fault } from "./faults.ts";
import { largestWithin } from "./largest-within.ts";
import type { Rule } from "./rules/rule.ts";
import { compileRule } from "./rules/rule.ts";
import type { Rules } from "./rules/rules.ts";

/**
 * What a study costs, or why it is no study that could be trained. An argument, because models are needed to
 * tell: whoever asks for no trial's study needs none.
 */
export type Costs = Readonly<Record<Cost, (study: Study) => number | { readonly impossible: string }>>;

/** A study as written, before it is parsed. */
type Written = object;

interface Context {
  readonly sweep: Sweep;
  readonly axes: readonly Axis[];
  readonly rules: Rules;
}

/** The parts of a study that a cost surely does not read, as the paths of parameters begin; of what is learnable only three are read. */
const unread = /^(?:seeds|initialiser|probes|engine|measure(?:At|Every)|optimizer\.learningRate)(?:\.|\[|$)/;
const reads: Readonly<Record<Cost, (path: string) => boolean>> = {
  learnableParameters: (path) => /^(?:data|model|allocation)(?:\.|\[|$)/.test(path),
  trainingFlops: (path) => !unread.test(path),
};

/** The axes that a derived number may depend on, which decide a program's shape where the number does. */
export function readByDerived({ sweep, axes, whens }: { sweep: Sweep; axes: readonly Axis[]; whens: readonly (Rule | undefined)[] }): ReadonlySet<number> {
  const { derive } = sweep.spec;
  const read = axes.filter(({ levels }) => derive.some(({ equal }) => levels.some(({ paths }) => paths.some(reads[equal]))));
  return new Set([...read.map(({ index }) => index), ...whens.flatMap((rule) => rule?.axes ?? [])]);
}

/** The type-checked `when` of each entry. Throws ManifestError. */
export function derivedWhens(sweep: Sweep, axes: readonly Axis[]): (Rule | undefined)[] {
  return sweep.spec.derive.map(({ when: source }, index) =>
    source === undefined ? undefined : compileRule({ sweep, axes, kind: "when", source, path: ["spec", "derive", index, "when"] }),
  );
}

/** A number of a trial that followed from a budget. */
export interface DerivedValue {
  readonly path: string;
  readonly value: number;
}

/** Numbers kept; a sweep has as many as arms of different cost. */
const mostKept = 100_000;

/** Sets what `derive` says, entry after entry: a budget is of the study as the entries before have left it. */
export class Derivation {
  readonly #context: Context;
  readonly #whens: readonly (Rule | undefined)[];
  readonly #costs: Costs | undefined;
  readonly #write: (settings: readonly Setting[]) => Written;
  readonly #known = new Map<string, number>();

  /** @param write a study with the settings and nothing derived. */
  constructor(context: Context, o: { whens: readonly (Rule | undefined)[]; costs: Costs | undefined; write: (settings: readonly Setting[]) => Written }) {
    this.#context = context;
    this.#whens = o.whens;
    this.#costs = o.costs;
    this.#write = o.write;
  }

  /** The numbers of a trial with these settings, in the order of their entries. Throws ManifestError where a budget can't be met. */
  valuesOf(settings: readonly Setting[]): DerivedValue[] {
    return this.#values(settings, this.#context.sweep.spec.derive.length);
  }

  #values(settings: readonly Setting[], entries: number): DerivedValue[] {
    const digits = this.#digitsOf(settings);
    const values: DerivedValue[] = [];
    let study = this.#write(settings);
    for (let entry = 0; entry < entries; entry++) {
      const value = this.#valueOf(entry, { settings, digits, study });
      if (value === undefined) continue;
      const { path } = this.#context.sweep.spec.derive[entry]!;
      values.push({ path, value });
      study = setPath(study, path, value);
    }
    return values;
  }

  #valueOf(entry: number, { settings, digits, study }: Point): number | undefined {
    if (this.#whens[entry]?.holds(digits) === false) return undefined;
    const { equal, to } = this.#context.sweep.spec.derive[entry]!;
    const standard = to === undefined ? this.#standardOf(entry, digits) : undefined;
    if (to === undefined && standard === undefined) return undefined;
    const other = standard && this.#studyOf(standard, entry);
    const key = `${entry} ${readPart(study, equal)} ${other ? readPart(other, equal) : ""}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const budget = to ?? this.#costOf(other!, { entry, settings: standard! });
    const value = this.#search(entry, budget, { settings, digits, study });
    if (this.#known.size >= mostKept) this.#known.clear();
    this.#known.set(key, value);
    return value;
  }

  #search(entry: number, budget: number, { settings, study }: Point): number {
    const { path, equal } = this.#context.sweep.spec.derive[entry]!;
    const found = largestWithin(budget, (value) => this.#cost(setPathOf(study, path, value), equal));
    if (found.kind === "within") return found.value;
    const arm = said(settings);
    const what = `${arm === "" ? "" : `with ${arm}: `}${path} can't be derived for ${equal} ${number(budget)}`;
    if (found.kind === "invalid") return this.#fail(entry, `${what}: ${found.impossible}`);
    if (found.kind === "constant") return this.#fail(entry, `${what}: it is ${number(found.cost)} whatever ${path} is`);
    const near = `the nearest possible is ${path} ${found.value}, which has ${number(found.cost)}`;
    const fix = found.kind === "above" ? "raise the budget" : "lower the budget";
    return this.#fail(entry, `${what}: ${near}; ${fix}, or leave this arm out with when`, budget);
  }

  /** The settings of the arm whose cost is the budget; undefined where that is the arm itself. */
  #standardOf(entry: number, digits: Uint32Array): Setting[] | undefined {
    const { axes, rules } = this.#context;
    const { as = {} } = this.#context.sweep.spec.derive[entry]!;
    const other = Uint32Array.from(digits);
    for (const axis of axes) {
      const named = axis.levels.filter(({ name }) => Object.hasOwn(as, name));
      if (named.length === 0) continue;
      const digit = axis.levels[0]!.labels.findIndex((_label, at) => named.every(({ name, labels }) => labels[at] === as[name]));
      if (digit < 0) this.#fail(entry, `as names ${axis.levels.map(({ name }) => name).join(" and ")}, which are zipped and never take these values together`);
      other[axis.index] = digit;
    }
    if (other.every((digit, axis) => digit === digits[axis])) return undefined;
    for (const index of rules.order) {
      const rule = rules.whens[index];
      if (!rule) continue;
      const axis = axes[index]!;
      if (!rule.holds(other)) other[index] = axis.size;
      else if (other[index] === axis.size)
        this.#fail(entry, `as names an arm that has ${axis.levels.map(({ name }) => name).join(" and ")}, and this one has not: give its value in as`);
    }
    return axes.flatMap((axis) => {
      const digit = other[axis.index]!;
      return digit < axis.size ? axis.levels.map((level) => ({ axis, level, digit })) : [];
    });
  }

  #studyOf(settings: readonly Setting[], entries: number): Written {
    return this.#values(settings, entries).reduce((study, { path, value }) => setPath(study, path, value), this.#write(settings));
  }

  #costOf(study: Written, { entry, settings }: { entry: number; settings: readonly Setting[] }): number {
    const cost = this.#cost(study, this.#context.sweep.spec.derive[entry]!.equal);
    return typeof cost === "number" ? cost : this.#fail(entry, `as names the arm ${said(settings)}, which has no cost: ${cost.impossible}`);
  }

  #cost(study: Written | { readonly impossible: string }, equal: Cost): number | { readonly impossible: string } {
    if ("impossible" in study) return study;
    const checked = checkStudyInput(study);
    if ("issues" in checked) {
      const [issue] = checked.issues;
      return { impossible: `trainer.study.${pathText(issue!.path)}: ${issue!.message}` };
    }
    if (!this.#costs) throw new Error("derive needs costs: expand was called without");
    return this.#costs[equal](checked.study);
  }

  #digitsOf(settings: readonly Setting[]): Uint32Array {
    const digits = Uint32Array.from(this.#context.axes, ({ size }) => size);
    for (const { axis, digit } of settings) digits[axis.index] = digit;
    return digits;
  }

  #fail(entry: number, message: string, value?: unknown): never {
    return fault(this.#context.sweep, { path: ["spec", "derive", entry], message, value });
  }
}

interface Point {
  readonly settings: readonly Setting[];
  readonly digits: Uint32Array;
  readonly study: Written;
}

/** What of a study decides a cost, as text. */
function readPart(study: Written, equal: Cost): string {
  const { seeds: _seeds, initialiser: _initialiser, probes: _probes, ...rest } = { seeds: null, initialiser: null, probes: null, ...study };
  return JSON.stringify(Object.entries(rest).filter(([field]) => reads[equal](field)));
}

function setPathOf(study: Written, path: string, value: number): Written | { readonly impossible: string } {
  try {
    return setPath(study, path, value);
  } catch (error) {
    if (error instanceof PathError) return { impossible: error.message };
    throw error;
  }
}

function said(settings: readonly Setting[]): string {
  return settings.map(({ level, digit }) => `${level.name}=${String(level.labels[digit])}`).join(", ");
}

/** 12010 → 12,010. */
function number(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 20 });
}
