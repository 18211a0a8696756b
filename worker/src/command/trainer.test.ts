import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { openIdentities, readSegment } from "@allot/ledger";
import { memoryStore, type Store, withPrefix } from "@allot/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Reuse, reuseByIdentity } from "../reuse.ts";
import { makeLane } from "../testing/lane.ts";
import { makeProgramFolder, type ProgramFolder, type ProgramOptions } from "../testing/programs.ts";

const { signal } = new AbortController();

/** Counts its own starts in the file `runs`. */
const counting = 'echo run >> runs; echo "{\\"validation.loss\\": $1}" > "$ALLOT_MEASUREMENTS"';
const options: ProgramOptions = { args: ["sh", "train.sh", "{rate}"], parameters: { rate: [0.5, 0.25] }, replicates: 2, sources: ["train.sh", "lib"] };

let folder: ProgramFolder;
beforeEach(async () => {
  folder = await makeProgramFolder();
  await mkdir(path.join(folder.folder, "lib", "__pycache__"), { recursive: true });
  await folder.write("train.sh", counting);
  await folder.write("lib/a.py", "a");
});
afterEach(async () => folder.remove());

const identities = async (o: ProgramOptions): Promise<string[]> => {
  const { expansion, trainer } = await folder.open(o);
  return (await trainer.prepare({ first: 0, last: expansion.trials - 1 }, { signal })).works.map(({ identity }) => identity);
};

describe("the identity of a program's trial", () => {
  it("changes with a source file's content, and not with what running leaves beside it", async () => {
    const before = await identities(options);
    expect(new Set(before).size).toBe(4);
    await folder.write("lib/__pycache__/a.pyc", "compiled");
    await folder.write("lib/.hidden", "editor");
    await folder.write("runs", "run");
    expect(await identities({ ...options, timeout: "9m" })).toEqual(before);
    await folder.write("lib/b.py", "b");
    const added = await identities(options);
    expect(added.filter((identity) => before.includes(identity))).toEqual([]);
    await folder.write("train.sh", `${counting} # changed`);
    expect((await identities(options)).filter((identity) => [...before, ...added].includes(identity))).toEqual([]);
  });

  it("says which source is not there", async () => {
    const error = await folder.open({ ...options, sources: ["train.sh", "trian.sh"] }).catch((reason: unknown) => reason);
    expect(String(error)).toContain("spec.trainer.command.sources[1]: trian.sh is not a file or folder that can be read in");
  });
});

const lane = async (store: Store, o: ProgramOptions, reuse?: Reuse) => {
  const { expansion, trainer } = await folder.open(o);
  return makeLane({ expansion, trainer, store, trialsPerPack: 4, ...(reuse ? { reuse } : {}) });
};

describe("a lane of a program", () => {
  it("seals one outcome a trial, with the program's files where they come from", async () => {
    const store = memoryStore();
    expect(await (await lane(store, options)).run()).toMatchObject({ sealed: 1, failed: 0 });
    const { outcomes, measurements, provenance } = await readSegment(store, "p000000", { signal });
    expect(outcomes.map(({ state, engine, metrics }) => [state, engine, metrics["validation.loss"]])).toEqual(
      [0.5, 0.5, 0.25, 0.25].map((loss) => ["Succeeded", "command", loss]),
    );
    expect(measurements).toMatchObject({ trial: [0, 1, 2, 3], value: [0.5, 0.5, 0.25, 0.25] });
    expect(Object.keys(provenance.data).sort()).toEqual(["lib/a.py", "train.sh"]);
  });

  it("takes trials of the same identity over and runs nothing; after a change of the program it runs them all", async () => {
    const root = memoryStore();
    await (await lane(withPrefix(root, "a"), options)).run();
    const index = openIdentities(root);
    await index.rebuild("a", { signal });
    const reuse = reuseByIdentity({ store: root, identities: index, metrics: ["validation.loss"] });
    await folder.write("runs", "");
    await (await lane(withPrefix(root, "b"), options, reuse)).run();
    expect((await readSegment(withPrefix(root, "b"), "p000000", { signal })).outcomes.map(({ reused }) => reused)).toEqual(
      Array.from({ length: 4 }, () => "a/p000000"),
    );
    await folder.write("train.sh", `${counting} # changed`);
    await (await lane(withPrefix(root, "c"), options, reuse)).run();
    expect((await readSegment(withPrefix(root, "c"), "p000000", { signal })).outcomes.map(({ reused }) => reused)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
  });

  it("never takes a second training over, nor the first from it", async () => {
    const twice: ProgramOptions = { args: ["sh", "train.sh", "1"], replicates: 2, noiseFloor: true, sources: ["train.sh"] };
    expect(new Set(await identities(twice)).size).toBe(4);
    const root = memoryStore();
    await (await lane(withPrefix(root, "a"), twice)).run();
    const index = openIdentities(root);
    await index.rebuild("a", { signal });
    await folder.write("runs", "");
    await (await lane(withPrefix(root, "b"), twice, reuseByIdentity({ store: root, identities: index, metrics: ["validation.loss"] }))).run();
    const [first, second] = await Promise.all(["p000000", "p000001"].map(async (name) => readSegment(withPrefix(root, "b"), name, { signal })));
    expect(first!.outcomes.map(({ arm, reused }) => [arm, reused])).toEqual([0, 0].map((arm) => [arm, "a/p000000"]));
    expect(second!.outcomes.map(({ arm, reused }) => [arm, reused])).toEqual([1, 1].map((arm) => [arm, undefined]));
    expect(await readFile(path.join(folder.folder, "runs"), "utf8")).toBe("run\nrun\n");
  });

  it("gives its pack back on pause; the next one runs only what had not ended", async () => {
    const store = memoryStore();
    await folder.write("train.sh", `${counting}; test "$ALLOT_TRIAL" = 0 || test -e go || sleep 60`);
    const first = await lane(store, options);
    const pausing = (async () => {
      for await (const batch of first.transport.measurements.subscribe({ signal }))
        if ([...batch.trial].includes(1)) return first.transport.control.set("pause");
    })();
    expect(await first.run()).toEqual({ sealed: 0, lost: 0, released: 1, failed: 0 });
    await pausing;
    await folder.write("go", "");
    await folder.write("runs", "");
    const before = await identities(options);
    expect(await (await lane(store, options)).run()).toMatchObject({ sealed: 1 });
    const { outcomes } = await readSegment(store, "p000000", { signal });
    expect(outcomes.map(({ state, identity }) => [state, identity])).toEqual(before.map((identity) => ["Succeeded", identity]));
  });
});
