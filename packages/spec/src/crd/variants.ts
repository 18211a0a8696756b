import type { Rule, Structural } from "./schema.ts";

type Properties = Readonly<Record<string, Structural>>;
/** Rules in CEL say in words what is wrong; of fields that CEL does not see, plain choices have to do. */
interface Rules {
  readonly rules: readonly Rule[];
  readonly choices: readonly Structural[];
}

export const isLoose = (variant: Structural): boolean => variant["x-kubernetes-preserve-unknown-fields"] === true;
export const fieldsOf = (variant: Structural): string[] => Object.keys(variant.properties ?? {});
export const needs = (variant: Structural, name: string): boolean => (variant.required ?? []).includes(name);
/** Whether a variant takes the field. */
const takes = (variant: Structural, name: string): boolean => fieldsOf(variant).includes(name) || isLoose(variant);

/** CEL sees fields whose type is known all the way down. */
function seen({ type, items, additionalProperties, "x-kubernetes-int-or-string": either }: Structural): boolean {
  if (either) return true;
  return type !== undefined && (items === undefined || seen(items)) && (additionalProperties === undefined || seen(additionalProperties));
}

/** Which fields go together, given the alternatives and their fields merged. */
export function variantRules(variants: readonly Structural[], properties: Properties): Rules {
  const names = Object.keys(properties);
  const discriminator = names.find((name) => variants.every((variant) => needs(variant, name) && variant.properties?.[name]?.enum));
  return discriminator === undefined ? oneOfThem(variants, properties) : discriminated(variants, properties, discriminator);
}

/** Told apart by their fields alone. */
function oneOfThem(variants: readonly Structural[], properties: Properties): Rules {
  const names = Object.keys(properties);
  const foreignTo = (variant: Structural, visible: boolean) => names.filter((name) => !takes(variant, name) && seen(properties[name] ?? {}) === visible);
  const forms = variants.map((variant) => [...(variant.required ?? []).map(has), ...foreignTo(variant, true).map((name) => `!${has(name)}`)].join(" && "));
  return {
    rules: [
      {
        rule: forms.map((form) => `(${form})`).join(" || "),
        message: `expected a mapping with ${variants.map((variant) => fieldsOf(variant).join(", ")).join("; or with ")}`,
      },
    ],
    choices: variants.flatMap((variant) => foreignTo(variant, false).map((name) => ({ not: { required: [...(variant.required ?? []), name] } }))),
  };
}

function discriminated(variants: readonly Structural[], properties: Properties, discriminator: string): Rules {
  const kindsOf = (chosen: readonly Structural[]) => chosen.flatMap((variant) => variant.properties?.[discriminator]?.enum ?? []).map(String);
  const all = kindsOf(variants);
  const among = (kinds: readonly string[]) => `self.${discriminator} in [${kinds.map((kind) => `'${kind}'`).join(", ")}]`;
  /** Whether it is one of these kinds, or none of them: by the shorter list, as the server refuses a definition whose rules add up to too much. */
  const is = (kinds: readonly string[], wanted = true): string => {
    const others = all.filter((kind) => !kinds.includes(kind));
    if (others.length < kinds.length) return is(others, !wanted);
    return wanted ? among(kinds) : `!(${among(kinds)})`;
  };
  const isKind = (kinds: readonly string[]) => ({ properties: { [discriminator]: { enum: kinds } } });
  const names = Object.keys(properties);
  const [visible, hidden] = [true, false].map((wanted) => names.filter((name) => seen(properties[name] ?? {}) === wanted)) as [string[], string[]];
  const some = (owners: readonly Structural[]) => owners.length > 0 && owners.length < variants.length;
  const foreign = grouped(visible, (name) => variants.filter((variant) => takes(variant, name))).filter(({ owners }) => some(owners));
  const missing = grouped(visible, (name) => variants.filter((variant) => needs(variant, name))).filter(({ owners }) => some(owners));
  return {
    rules: [
      ...foreign.map(({ fields, owners }) => ({
        rule: `${is(kindsOf(owners))} || !(${fields.map(has).join(" || ")})`,
        message: `${fields.join(", ")}: only for ${discriminator} ${kindsOf(owners).join(", ")}`,
      })),
      ...missing.map(({ fields, owners }) => ({
        rule: `${is(kindsOf(owners), false)} || (${fields.map(has).join(" && ")})`,
        message: `${fields.join(", ")}: needed by ${discriminator} ${kindsOf(owners).join(", ")}`,
      })),
    ],
    choices: [
      ...hidden
        .map((name) => ({ name, owners: variants.filter((variant) => takes(variant, name)) }))
        .filter(({ owners }) => some(owners))
        .map(({ name, owners }) => ({ anyOf: [isKind(kindsOf(owners)), { not: { required: [name] } }] })),
      ...hidden.flatMap((name) =>
        mistyped(variants, name).map(({ owner, bounds }) => ({ anyOf: [{ not: isKind(kindsOf([owner])) }, { properties: { [name]: bounds } }] })),
      ),
    ],
  };
}

const noNumber = { minimum: 1, maximum: 0 };
/** Bounds that nothing of a type is within; they say nothing of other types. */
const nothingOf: Readonly<Record<string, Structural>> = {
  number: noNumber,
  integer: noNumber,
  string: { minLength: 1, maxLength: 0 },
  array: { minItems: 1, maxItems: 0 },
  object: { minProperties: 1, maxProperties: 0 },
};

/** Where a field is a list in one variant and a number in another: which bounds keep the other's type out of each. */
function mistyped(variants: readonly Structural[], name: string): { owner: Structural; bounds: Structural }[] {
  const typed = variants.flatMap((variant) => {
    const type = variant.properties?.[name]?.type;
    return type === undefined ? [] : [{ owner: variant, bounds: nothingOf[type] }];
  });
  return typed.flatMap(({ owner, bounds: own }) =>
    [...new Set(typed.map(({ bounds }) => bounds))].flatMap((bounds) => (bounds === undefined || bounds === own ? [] : [{ owner, bounds }])),
  );
}

/** Fields that belong to the same variants share a rule. */
function grouped(names: readonly string[], ownersOf: (name: string) => Structural[]): { fields: string[]; owners: Structural[] }[] {
  const groups: { fields: string[]; owners: Structural[] }[] = [];
  for (const name of names) {
    const owners = ownersOf(name);
    const group = groups.find((one) => one.owners.length === owners.length && one.owners.every((owner) => owners.includes(owner)));
    if (group) group.fields.push(name);
    else groups.push({ fields: [name], owners });
  }
  return groups;
}

const has = (name: string): string => `has(self.${name})`;
