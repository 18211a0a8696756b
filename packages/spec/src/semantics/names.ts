import type { Issue } from "../issue.ts";
import { parameterPaths } from "../paths.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import type { Axis, Member, Path } from "./axes.ts";
import { axesOf, wrong } from "./axes.ts";

/** Names are unique, no parameter overwrites another one, and the root seed is not one. */
export function nameIssues(spec: SweepSpec): Issue[] {
  const members = axesOf(spec).flatMap((axis) => axis.members.map((member) => ({ axis, member })));
  return [...repeatedNames(members), ...rootSeeds(members), ...(spec.trainer.study ? overwritten(members) : [])];
}

interface Placed {
  readonly axis: Axis;
  readonly member: Member;
}

function repeatedNames(members: readonly Placed[]): Issue[] {
  const seen = new Set<string>();
  return members.flatMap(({ member: { parameter, path } }) => {
    if (!seen.has(parameter.name)) {
      seen.add(parameter.name);
      return [];
    }
    return [
      wrong(
        [...path, "name"],
        `"${parameter.name}" is already the name of another parameter: give each its own and say where it goes with path`,
        parameter.name,
      ),
    ];
  });
}

const rootSeed = /^(seed|seeds?\.root|root|replicates?)(\.|$)/;

function rootSeeds(members: readonly Placed[]): Issue[] {
  return members.flatMap(({ member }) =>
    placedPaths(member)
      .filter(({ text }) => rootSeed.test(text))
      .map(({ text, at }) =>
        wrong(at, "the root seed comes from spec.replicates (count, seed) and can't be a parameter; a single stream can: seeds.fixed, seeds.init, …", text),
      ),
  );
}

/** The paths of a parameter, each with where the manifest says it. */
export function placedPaths({ parameter, path }: Member): { text: string; at: Path }[] {
  if (parameter.path === undefined) return [{ text: parameter.name, at: [...path, "name"] }];
  const list = typeof parameter.path !== "string";
  return parameterPaths(parameter).map((text, index) => ({ text, at: list ? [...path, "path", index] : [...path, "path"] }));
}

/** Paths further out are set first, so a parameter may refine another one's value; two at one path undo each other. */
function overwritten(members: readonly Placed[]): Issue[] {
  const always = members.filter(({ axis }) => axis.when === undefined);
  return always.flatMap(({ member }, index) =>
    placedPaths(member).flatMap(({ text, at }) => {
      const earlier = always.slice(0, index).find(({ member: other }) => placedPaths(other).some((one) => one.text === text));
      if (!earlier) return [];
      return [wrong(at, `${text} is already set by ${earlier.member.parameter.name}: keep one of them, or give both a when`, text)];
    }),
  );
}
