import type { Rule, Structural } from "./schema.ts";

/** What decides a sweep's results; fixed from its start. */
const seenAndFixed = ["objective", "trainer", "parameters", "constraints", "design", "samples", "replicates", "stages", "stopping"] as const;
/** As fixed, but any JSON, which CEL does not see. */
const unseen = ["baseline", "upstream", "derive"] as const;
export const fixed: readonly string[] = [...seenAndFixed, ...unseen];
/** What may change under way. */
export const free = ["claims", "artifacts", "execution", "budget", "suspend", "ttlSecondsAfterFinished"] as const;
const optional: readonly string[] = ["samples", "ttlSecondsAfterFinished"];

/** Until the controller accepted the sweep and stamped its start, a slip is mended in place. */
const notStarted = "!has(oldSelf.status) || !has(oldSelf.status.startTime)";
const anew = "can't be changed once the sweep has started: make a new sweep; it takes over by identity every trial it shares with this one";

function unchanged(name: string): string {
  const [now, before] = [`self.spec.${name}`, `oldSelf.spec.${name}`];
  return optional.includes(name) ? `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})` : `${now} == ${before}`;
}

function immutable(name: string): Rule {
  return { rule: `${notStarted} || (${unchanged(name)})`, message: `${name} ${anew}`, fieldPath: `.spec.${name}`, reason: "FieldValueForbidden" };
}

/**
 * CEL does not see fields that hold any JSON, but the whole spec can be compared: where everything that
 * it sees is as before and the spec is not, one of them was changed. The controller finds the rest.
 */
const freeForm: Rule = {
  rule: `${notStarted} || self.spec == oldSelf.spec || !(${[...seenAndFixed, ...free].map((name) => `(${unchanged(name)})`).join(" && ")})`,
  message: `${unseen.join(", ")} ${anew}`,
  reason: "FieldValueForbidden",
};

/** Rules by the place they stand at; `[]` is an entry of a list, the empty path the whole object. */
export const rules: Readonly<Record<string, readonly Rule[]>> = {
  "": [
    {
      rule: "self.metadata.name.size() <= 52 && self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",
      message:
        "metadata.name: expected at most 52 lower-case letters, digits and hyphens, with a letter or digit at both ends: lanes are pods <name>-<generation>-<lane>",
    },
    ...seenAndFixed.map(immutable),
    freeForm,
  ],
  spec: [{ rule: "has(self.samples) == (self.design == 'random')", message: "samples (how many points are drawn) goes with design random, and with no other" }],
  "spec.trainer": [{ rule: "has(self.study) != has(self.command)", message: "give study (the built-in trainer) or command (any program), and not both" }],
  "spec.execution.data[]": [
    {
      rule: "[has(self.persistentVolumeClaim), has(self.s3), has(self.image)].filter(given, given).size() == 1",
      message: "give exactly one of persistentVolumeClaim, s3, image",
    },
  ],
};

const ways = ["values", "range", "linspace", "logspace"];
const exactlyOne = (names: readonly string[]) => ({ oneOf: names.map((name) => ({ required: [name] })) });

/** What is said without words, because CEL does not see the fields; and lists whose entries have a name each. */
export const extensions: Readonly<Record<string, Structural>> = {
  "spec.parameters[]": exactlyOne([...ways, "zip"]),
  "spec.parameters[].zip[]": exactlyOne(ways),
  "spec.derive[]": exactlyOne(["to", "as"]),
  "spec.execution.data": namedBy("name"),
  "spec.execution.imagePullSecrets": namedBy("name"),
  "status.conditions": namedBy("type"),
};

function namedBy(key: string): Structural {
  return { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] };
}
