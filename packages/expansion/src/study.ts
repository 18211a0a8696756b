import { checkStudyInput, type Issue, type Lanes, needsValidation, PathError, pathText, resolveEngine, type Study, type Sweep, setPath } from "@allot/spec";
import { settingsAt } from "./assignment.ts";
import type { Setting } from "./axes.ts";
import type { Derivation, DerivedValue } from "./derive.ts";
import type { Expansion, Trial } from "./expansion.ts";
import { fault } from "./faults.ts";

interface Last {
  readonly settings: readonly Setting[];
  readonly study: Study;
}

/** The study asked for last: the replicates of a cell ask for the same one in turn. */
const last = new WeakMap<Sweep, Last>();

/**
 * The base study with the trial's assignment set and defaults filled in. Trials that differ only in their replicate share the object;
 * don't write to it. Throws ManifestError naming the parameter where the assignment is no valid study.
 */
export function studyOf(expansion: Expansion, trial: Trial): Study {
  const sweep = expansion.sweepOf(trial.index);
  const derivation = expansion.derivationOf(trial.index);
  const settings = settingsAt(sweep, trial);
  const before = last.get(sweep);
  if (before && same(before.settings, settings)) return before.study;
  const study = assign(sweep, settings, derivation);
  last.set(sweep, { settings, study });
  return study;
}

/** The numbers of a trial's study that follow from a budget, in the order of `derive`. Throws ManifestError where one can't be met. */
export function derivedOf(expansion: Expansion, trial: Trial): DerivedValue[] {
  return expansion.derivationOf(trial.index)?.valuesOf(settingsAt(expansion.sweepOf(trial.index), trial)) ?? [];
}

/** What trains a sweep, by name: the engine of its first trial, where arms may differ; `command` for a program. */
export function engineOf(expansion: Expansion, lanes: Lanes): string {
  return expansion.sweep.spec.trainer.study ? resolveEngine(studyOf(expansion, expansion.trialAt(0)), lanes) : "command";
}

function same(a: readonly Setting[], b: readonly Setting[]): boolean {
  return a.length === b.length && a.every(({ level, digit }, at) => level === b[at]?.level && digit === b[at].digit);
}

/** Sets the values, then what is derived, and parses. Throws ManifestError. */
export function assign(sweep: Sweep, settings: readonly Setting[], derivation?: Derivation): Study {
  const derived = derivation?.valuesOf(settings) ?? [];
  const study = derived.reduce((set, { path, value }) => setPath(set, path, value), written(sweep, settings));
  const checked = checkStudyInput(study);
  if ("study" in checked) return withSplit(sweep, checked.study);
  const [issue] = checked.issues;
  return refuse(sweep, settings, issue!);
}

/** The base study with the values set, outer paths before what lies inside them; not parsed. Throws ManifestError. */
export function written(sweep: Sweep, settings: readonly Setting[]): object {
  const base = sweep.spec.trainer.study;
  if (!base) fault(sweep, { path: ["spec", "trainer"], message: "there is no study: the trainer is a command" });
  const paths = settings.flatMap((setting) => setting.level.paths.map((path) => ({ setting, path })));
  paths.sort((a, b) => depth(a.path) - depth(b.path));
  let study: object = base;
  for (const { setting, path } of paths) study = put({ sweep, study, setting, path });
  return study;
}

/** Images are held out only where something selects on them: that is the sweep's to know, not the study's. */
function withSplit(sweep: Sweep, study: Study): Study {
  const { data } = study;
  if (data.kind !== "mnist" && data.kind !== "fashionMnist") return study;
  return data.validation === undefined && data.split === undefined ? { ...study, data: { ...data, validation: needsValidation(sweep.spec) } } : study;
}

function depth(path: string): number {
  return path.split(/[.[]/).length;
}

function put({ sweep, study, setting, path }: { sweep: Sweep; study: object; setting: Setting; path: string }): object {
  try {
    return setPath(study, path, setting.level.values[setting.digit]);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    const message = `${said(setting)} can't be set at ${path}: ${error.message}`;
    return fault(sweep, { path: ["spec", "parameters", setting.axis.index], message });
  }
}

function refuse(sweep: Sweep, settings: readonly Setting[], issue: Issue): never {
  const at = pathText(issue.path);
  const blamed = settings.filter(({ level }) => level.paths.some((path) => at.startsWith(path) || path.startsWith(at)));
  const names = (blamed.length > 0 ? blamed : settings).map(said).join(", ");
  const message = `${names === "" ? "" : `with ${names}: `}trainer.study.${at}: ${issue.message}`;
  const [first] = blamed;
  fault(sweep, { path: first ? ["spec", "parameters", first.axis.index] : ["spec", "trainer", "study"], message, value: issue.value });
}

function said({ level, digit }: Setting): string {
  return `${level.name}=${String(level.labels[digit])}`;
}
