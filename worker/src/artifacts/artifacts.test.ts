import { type Expansion, expand } from "@allot/expansion";
import { keptTrials, readOutcomes, trialOfArtifact, weightsKey } from "@allot/ledger";
import { memoryStore, type Store } from "@allot/store";
import { describe, expect, it } from "vitest";
import { makeLane } from "../testing/lane.ts";
import { sleeps, students } from "../testing/studies.ts";
import { artifactsOf, noArtifacts } from "./artifacts.ts";
import { encodeSafetensors } from "./safetensors.ts";

const { signal } = new AbortController();

const withWeights = (weights: "none" | "best" | "all", { sweep }: Expansion = students([0.001, 0.01, 0.02])): Expansion =>
  expand({ ...sweep, spec: { ...sweep.spec, artifacts: { ...sweep.spec.artifacts, weights } } });

const trialsWithWeights = async (store: Store): Promise<number[]> => {
  const trials: number[] = [];
  for await (const { key } of store.list("artifacts/", { signal })) trials.push(trialOfArtifact(key) ?? -1);
  return trials.sort((a, b) => a - b);
};

/** The header and the tensors of a safetensors file, by its format's description alone. */
const decode = (file: Uint8Array) => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(file.subarray(8, 8 + length)),
  );
  const data = file.slice(8 + length).buffer;
  return { length, header, data };
};

describe("weights", () => {
  it("are safetensors: names, shapes and values come back, in the study's precision", () => {
    const tensors = { b: { shape: [3], values: Float64Array.of(1, -2, 0.5) }, a: { shape: [1, 2], values: Float64Array.of(7, 8) } };
    const { length, header, data } = decode(encodeSafetensors({ dtype: "f32", tensors }, { trial: "3" }));
    expect(length % 8).toBe(0);
    expect(header).toEqual({
      __metadata__: { trial: "3" },
      a: { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
      b: { dtype: "F32", shape: [3], data_offsets: [8, 20] },
    });
    expect([...new Float32Array(data)]).toEqual([7, 8, 1, -2, 0.5]);
    const doubles = decode(encodeSafetensors({ dtype: "f64", tensors: { a: { shape: [1], values: Float64Array.of(0.1) } } }, {}));
    expect([...new Float64Array(doubles.data)]).toEqual([0.1]);
  });

  it.each(["all", "none"] as const)("of %s trials are in the store when the pack is sealed", async (weights) => {
    const store = memoryStore();
    const expansion = withWeights(weights);
    await (await makeLane({ expansion, store, trialsPerPack: 6 })).run();
    expect(await trialsWithWeights(store)).toEqual(weights === "all" ? [0, 1, 2, 3, 4, 5] : []);
  });

  it("of trials with no tensors are empty files, not failures", async () => {
    const store = memoryStore();
    const tally = await (await makeLane({ expansion: withWeights("all", sleeps([0])), store, trialsPerPack: 2 })).run();
    expect(tally).toMatchObject({ sealed: 1, failed: 0 });
  });

  it("hold the best trial where only the best are kept, and what is kept of them is that one", async () => {
    const store = memoryStore();
    const expansion = withWeights("best");
    await (await makeLane({ expansion, store, trialsPerPack: 3 })).run();
    const outcomes = (await Promise.all(["p000000", "p000001"].map(async (name) => readOutcomes(store, name, { signal })))).flatMap(
      (segment) => segment.outcomes,
    );
    const value = (trial: number): number => outcomes[trial]!.metrics["train.nmse"]!;
    const best = [0, 1, 2, 3, 4, 5].sort((a, b) => value(a) - value(b))[0]!;
    const present = await trialsWithWeights(store);
    expect(present).toContain(best);
    // Each is better than all that came before it.
    expect(present.every((trial) => outcomes.slice(0, trial).every((_, before) => value(before) > value(trial)))).toBe(true);
    const kept = await keptTrials(expansion.sweep.spec, {
      outcomes: (async function* () {
        yield* outcomes;
      })(),
      present: new Set(present),
    });
    expect([...kept]).toEqual([best]);
  });

  it("are taken over with an outcome, or the trial is trained again", async () => {
    const source = memoryStore();
    const expansion = withWeights("all");
    await (await makeLane({ expansion, store: source, trialsPerPack: 6 })).run();
    const { outcomes } = await readOutcomes(source, "p000000", { signal });
    await source.delete(weightsKey(4), { signal });
    const store = memoryStore();
    const reuse = {
      find: async ({ index }: { index: number }) => ({
        outcome: { ...outcomes[index]!, reused: "other/p000000" },
        steps: [],
        weights: async () => source.get(weightsKey(index), { signal }),
      }),
    };
    await (await makeLane({ expansion, store, trialsPerPack: 6, reuse })).run();
    expect(await trialsWithWeights(store)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await store.get(weightsKey(0), { signal })).toEqual(await source.get(weightsKey(0), { signal }));
    const again = await readOutcomes(store, "p000000", { signal });
    expect(again.outcomes.filter(({ reused }) => reused === undefined).map(({ trial }) => trial)).toEqual([4]);
  });

  it("that can't be written stop the pack before its seal", async () => {
    const store = memoryStore();
    const full: Store = {
      ...store,
      put: async (key, bytes, o) => (key.startsWith("artifacts/") ? Promise.reject(new Error("full")) : store.put(key, bytes, o)),
    };
    const { sweep } = withWeights("all");
    const artifacts = artifactsOf(sweep, full);
    const outcome = {
      trial: 0,
      replicate: 0,
      arm: 0,
      identity: "i",
      labels: {},
      state: "Succeeded",
      metrics: { "train.nmse": 1 },
      measured: {},
      engine: "wasm",
    } as const;
    expect(artifacts.wants(outcome)).toBe(true);
    expect(noArtifacts.wants(outcome)).toBe(false);
    await artifacts.keep(outcome, new Uint8Array(1));
    await expect(artifacts.settle()).rejects.toThrow("full");
  });
});
