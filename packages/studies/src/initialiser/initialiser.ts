import type { InitialiserRule, Study } from "@allot/spec";
import { type Key, normals, uniforms } from "@allot/tensor";
import { globMatches, matchingTensors, mostSpecific } from "../allocation/glob.ts";
import { StudyError } from "../errors.ts";
import { semiOrthogonal } from "../matrices/orthonormal.ts";
import { sizeOf, type TensorSpec } from "../models/tensors.ts";
import type { ExplicitRule } from "./explicit.ts";

const gaussian = (tensor: TensorSpec, key: Key, deviation: number): Float64Array => normals(key, sizeOf(tensor.shape)).map((draw) => deviation * draw);

/** N(0, 2/fanIn) (He et al. 2015, eq. 10). */
const he = (tensor: TensorSpec, key: Key): Float64Array => gaussian(tensor, key, Math.sqrt(2 / tensor.fanIn));

/** N(0, 2/(fanIn + fanOut)) (Glorot and Bengio 2010, eq. 12). */
const xavier = (tensor: TensorSpec, key: Key): Float64Array => gaussian(tensor, key, Math.sqrt(2 / (tensor.fanIn + tensor.fanOut)));

/** N(0, deviation²), by default N(0, 1/fanIn). */
const gauss = (tensor: TensorSpec, key: Key, deviation = 1 / Math.sqrt(tensor.fanIn)): Float64Array => gaussian(tensor, key, deviation);

/** √(min(m, n)/(m n)): a semi-orthogonal matrix [m, n] has min(m, n) singular values, all 1. */
const deviationLikeOrthogonal = ({ shape: [m = 1, n = 1] }: TensorSpec): number => Math.sqrt(Math.min(m, n) / (m * n));

const constant = (tensor: TensorSpec, value: number): Float64Array => new Float64Array(sizeOf(tensor.shape)).fill(value);

/** ε times semi-orthogonal, or as large on average (studies.md 4a), for a matrix [m, n]. */
const scaledDraws = {
  orthogonal: ({ shape }: TensorSpec, key: Key, scale: number) => Float64Array.from(semiOrthogonal(key, shape[0]!, shape[1]!).mul(scale).to1DArray()),
  normMatchedNormal: (tensor: TensorSpec, key: Key, scale: number) => gaussian(tensor, key, scale * deviationLikeOrthogonal(tensor)),
  normMatchedUniform: (tensor: TensorSpec, key: Key, scale: number) => {
    const limit = scale * Math.sqrt(3) * deviationLikeOrthogonal(tensor);
    return uniforms(key, sizeOf(tensor.shape)).map((draw) => limit * (2 * draw - 1));
  },
} as const;

const byRule = (rule: InitialiserRule, tensor: TensorSpec, key: Key): Float64Array => {
  if (rule.kind === "gauss") return gauss(tensor, key, rule.deviation);
  if ("scale" in rule) return scaledDraws[rule.kind](tensor, key, rule.scale);
  const draw = draws[rule.kind];
  if (draw === undefined) throw new StudyError("initialiser", `${rule.kind} for ${tensor.name}: not supported yet`);
  return draw(tensor, key);
};

const draws: Readonly<Partial<Record<InitialiserRule["kind"], (tensor: TensorSpec, key: Key) => Float64Array>>> = {
  he,
  xavier,
  zeros: (tensor) => constant(tensor, 0),
  ones: (tensor) => constant(tensor, 1),
};

/**
 * A network as a teacher, or a student of one, is drawn: N(0, 1/fanIn), zero
 * biases, and a linear recurrent network's W scaled by `gain` (studies.md 1a).
 */
export const teacherDraw = (study: Study, tensor: TensorSpec, key: Key): Float64Array => {
  if (tensor.role === "bias") return constant(tensor, 0);
  const gain = study.data.kind === "linearRnnTeacher" && tensor.name === "recurrent" ? study.data.gain : 1;
  return gauss(tensor, key, gain / Math.sqrt(tensor.fanIn));
};

/** Whether the data come from a teacher, whose student starts like it. */
const hasTeacher = (study: Study): boolean => study.data.kind === "linearRnnTeacher" || study.data.kind === "feedForwardTeacher";

/** Whether the student has this tensor from its teacher. */
export const isShared = ({ data }: Study, { name }: TensorSpec): boolean =>
  data.kind === "linearRnnTeacher" && data.shared?.some((shared) => shared === name) === true;

const namesOf = ({ name, layer, role }: TensorSpec): string[] => (role === "weight" ? [name, layer] : [name]);

const ruleFor = (study: Study, tensor: TensorSpec): InitialiserRule | undefined => {
  const pattern = mostSpecific(Object.keys(study.initialiser), namesOf(tensor));
  return pattern === undefined ? undefined : study.initialiser[pattern];
};

/**
 * A tensor's value before training, from a key of its own: the rule of
 * `initialiser` whose glob matches its name most specifically (or, for a weight, its layer's); else
 * as the teacher where there is one; else as the model has it, by default He for weights and zero for biases.
 */
export const initialValue = (study: Study, tensor: TensorSpec, key: Key): Float64Array => {
  const rule = ruleFor(study, tensor);
  if (rule !== undefined) return byRule(rule, tensor, key);
  if (hasTeacher(study)) return teacherDraw(study, tensor, key);
  if (tensor.initial !== undefined) return byRule(tensor.initial, tensor, key);
  return tensor.role === "bias" ? constant(tensor, 0) : he(tensor, key);
};

/**
 * The rule by which a tensor is an explicit solution of the training set; undefined where another one, or none, governs it. The bias beside a
 * weight of form `naiveBayesBias` is part of the solution, unless a rule of its own names it.
 */
export const explicitRule = (study: Study, tensor: TensorSpec): ExplicitRule | undefined => {
  const own = ruleFor(study, tensor);
  if (tensor.role === "weight") return own?.kind === "explicit" ? own : undefined;
  if (own !== undefined || tensor.role !== "bias") return undefined;
  const beside = ruleFor(study, { ...tensor, name: `${tensor.layer}.weight`, role: "weight" });
  return beside?.kind === "explicit" && beside.form === "naiveBayesBias" ? beside : undefined;
};

/** Throws StudyError for a tensor that can not be an explicit solution: it is of a layer with as many units as there are classes. */
const checkExplicit = (pattern: string, rule: ExplicitRule, tensors: readonly TensorSpec[]): void => {
  const field = `initialiser.${pattern}`;
  const classes = tensors.findLast(({ role }) => role === "weight")?.shape[0];
  for (const tensor of matchingTensors([pattern], tensors).filter(({ role, name }) => role === "weight" || globMatches(pattern, name))) {
    if (tensor.role !== "weight")
      throw new StudyError(field, `explicit gives a weight its value, and ${tensor.name} is a ${tensor.role}: name the layer or its weight`);
    if (tensor.shape[0] !== classes)
      throw new StudyError(
        field,
        `explicit needs a unit for each of the ${classes} classes, and ${tensor.name} has ${tensor.shape[0]}: use it on the last layer, or hidden: [${classes}]`,
      );
    const bias = tensors.some(({ layer, role }) => layer === tensor.layer && role === "bias");
    if (rule.form === "naiveBayesBias" && !bias)
      throw new StudyError(`${field}.form`, `naiveBayesBias puts the prior into a bias, and ${tensor.layer} has none: use logJoint, or model.bias: true`);
  }
};

/** Throws StudyError for a rule of `initialiser` that names no tensor or is not supported yet. */
export const checkInitialiser = (study: Study, tensors: readonly TensorSpec[]): void => {
  for (const [pattern, rule] of Object.entries(study.initialiser)) {
    if (rule.kind === "explicit") checkExplicit(pattern, rule, tensors);
    else if (rule.kind !== "gauss" && !("scale" in rule) && draws[rule.kind] === undefined)
      throw new StudyError(`initialiser.${pattern}.kind`, `${rule.kind}: not supported yet`);
    const vector = "scale" in rule ? tensors.find((tensor) => tensor.shape.length !== 2 && ruleFor(study, tensor) === rule) : undefined;
    if (vector !== undefined)
      throw new StudyError(`initialiser.${pattern}`, `${rule.kind} needs a matrix and ${vector.name} is a vector: name weights only, such as *.weight`);
    const shared = matchingTensors([pattern], tensors).find((tensor) => isShared(study, tensor));
    if (shared !== undefined)
      throw new StudyError(`initialiser.${pattern}`, `names ${shared.name}, which data.shared says starts as the teacher's: leave it out of one of the two`);
    if (matchingTensors([pattern], tensors).length === 0)
      throw new StudyError(`initialiser.${pattern}`, `matches no tensor of the model: they are ${tensors.map(({ name }) => name).join(", ")}`);
  }
};
