import { describe, expect, it } from "vitest";
import { Contents } from "./contents.ts";
import type { KubeObject } from "./objects.ts";

const object = (name: string, version: number, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "ns", resourceVersion: String(version), labels },
});
const make = (): Contents<KubeObject> =>
  new Contents({
    team: ({ metadata }) => [metadata.labels?.["team"]].filter((team) => team !== undefined),
    letters: ({ metadata }) => metadata.name.split(""),
  });
const names = (objects: KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name).toSorted();

describe("the contents of a cache", () => {
  it("finds objects by key and by every value of an index, as they are now", () => {
    const contents = make();
    contents.set(object("ab", 1, { team: "red" }));
    contents.set(object("bc", 2, { team: "red" }));
    expect(names(contents.by("team", "red"))).toEqual(["ab", "bc"]);
    expect(names(contents.by("letters", "b"))).toEqual(["ab", "bc"]);
    contents.set(object("ab", 3, { team: "blue" }));
    expect([names(contents.by("team", "red")), names(contents.by("team", "blue"))]).toEqual([["bc"], ["ab"]]);
    contents.delete("ns/bc");
    expect([names(contents.by("team", "red")), names(contents.by("letters", "c")), contents.get("ns/bc")]).toEqual([[], [], undefined]);
    expect(() => contents.by("colour", "red")).toThrow('no index "colour"; there are: team, letters');
  });

  it("says what changed, once", () => {
    const contents = make();
    const [first, second] = [object("a", 1), object("a", 2)];
    expect(contents.set(first)).toEqual({ key: "ns/a", current: first, previous: undefined });
    expect(contents.set(object("a", 1))).toBeUndefined();
    expect(contents.set(second)).toEqual({ key: "ns/a", current: second, previous: first });
    expect(contents.delete("ns/a")).toEqual({ key: "ns/a", current: undefined, previous: second });
    expect(contents.delete("ns/a")).toBeUndefined();
  });

  it("replaces everything and reports only differences, deletions first", () => {
    const contents = make();
    for (const [name, version] of [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ] as const)
      contents.set(object(name, version));
    const changes = contents.replace([object("d", 5), object("c", 3), object("b", 4)]);
    expect(changes.map(({ key, current, previous }) => [key, previous?.metadata.resourceVersion, current?.metadata.resourceVersion])).toEqual([
      ["ns/a", "1", undefined],
      ["ns/d", undefined, "5"],
      ["ns/b", "2", "4"],
    ]);
    expect(names(contents.all())).toEqual(["b", "c", "d"]);
    expect(contents.by("letters", "a")).toEqual([]);
  });
});
