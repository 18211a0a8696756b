import { ManualClock, systemClock } from "@allot/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Kube, LeadOptions } from "./index.ts";
import { lead, leases } from "./index.ts";
import type { Cluster } from "./testing/cluster.ts";
import { newNamespace, startCluster, until } from "./testing/cluster.ts";

const { signal } = new AbortController();
const durations = { leaseMilliseconds: 2000, renewMilliseconds: 1200, retryMilliseconds: 200 };

let cluster: Cluster;
let namespace: string;
beforeAll(async () => {
  cluster = await startCluster();
});
beforeEach(async () => {
  namespace = await newNamespace(cluster.kube);
});
afterAll(async () => cluster.stop());

/** Who works, and when each began and ended. */
class Watchman {
  readonly working = new Set<string>();
  readonly log: string[] = [];
  readonly leaders: (string | undefined)[] = [];
  /** Most that worked at once. */
  most = 0;

  begin(identity: string): void {
    this.working.add(identity);
    this.log.push(`+${identity}`);
    this.most = Math.max(this.most, this.working.size);
  }

  end(identity: string): void {
    this.working.delete(identity);
    this.log.push(`-${identity}`);
  }
}

interface Candidate {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

const stand = (watchman: Watchman, identity: string, options: Partial<LeadOptions> & { kube?: Kube } = {}): Candidate => {
  const stop = new AbortController();
  const ended = lead({
    kube: cluster.kube,
    lease: { namespace, name: "leader" },
    identity,
    clock: systemClock,
    durations,
    signal: stop.signal,
    onLeader: (leader) => void watchman.leaders.push(leader),
    work: async (working) => {
      watchman.begin(identity);
      await new Promise((resolve) => working.addEventListener("abort", resolve, { once: true }));
      watchman.end(identity);
    },
    ...options,
  });
  return { stop, ended };
};

const retire = async (...candidates: Candidate[]): Promise<void> => {
  for (const { stop } of candidates) stop.abort();
  await Promise.all(candidates.map(async ({ ended }) => ended));
};

describe("leading", () => {
  it("is one candidate's, and at once another's when it is given back", async () => {
    const watchman = new Watchman();
    const first = stand(watchman, "a");
    await until("a leads", () => watchman.working.has("a"));
    const second = stand(watchman, "b");
    await until("b knows", () => watchman.leaders.filter((leader) => leader === "a").length === 2);
    await systemClock.sleep(2500, { signal });
    expect(watchman.log).toEqual(["+a"]);
    const given = systemClock.monotonic();
    await retire(first);
    await until("b leads", () => watchman.working.has("b"));
    expect(systemClock.monotonic() - given).toBeLessThan(600);
    const lease = await cluster.kube.resource(leases).get("leader", { namespace, signal });
    expect(lease?.spec).toMatchObject({ holderIdentity: "b", leaseDurationSeconds: 2, leaseTransitions: 1 });
    await retire(second);
    expect([watchman.log, watchman.most]).toEqual([["+a", "-a", "+b", "-b"], 1]);
    expect((await cluster.kube.resource(leases).get("leader", { namespace, signal }))?.spec?.holderIdentity).toBe("");
  });

  it("passes on within the lease's length when the leader dies without a word", async () => {
    const watchman = new Watchman();
    // A clock that stands still: it never renews, as a killed process would not.
    const dead = new ManualClock();
    const first = stand(watchman, "dead", { clock: dead });
    await until("the first leads", () => watchman.working.has("dead"));
    const died = systemClock.monotonic();
    const heir = new Watchman();
    const second = stand(heir, "heir");
    await until("the heir leads", () => heir.working.has("heir"));
    const took = systemClock.monotonic() - died;
    expect(took).toBeGreaterThanOrEqual(durations.leaseMilliseconds);
    expect(took).toBeLessThan(durations.leaseMilliseconds + 2 * durations.retryMilliseconds + 500);
    // Were it only asleep, it would learn that it leads no more, and not give back what is another's.
    dead.advance(durations.retryMilliseconds);
    await until("the first has stopped", () => watchman.working.size === 0);
    await retire(first);
    expect((await cluster.kube.resource(leases).get("leader", { namespace, signal }))?.spec?.holderIdentity).toBe("heir");
    await retire(second);
  });

  it("ends before another takes over when the leader can't reach the server, and comes back later", async () => {
    const watchman = new Watchman();
    const errors: unknown[] = [];
    const first = stand(watchman, "cut", { kube: cluster.proxied, onError: (error) => void errors.push(error) });
    await until("the first leads", () => watchman.working.has("cut"));
    const second = stand(watchman, "other");
    cluster.proxy.refuse(true);
    cluster.proxy.cut();
    await until("the other leads", () => watchman.working.has("other"));
    expect([watchman.log, watchman.most]).toEqual([["+cut", "-cut", "+other"], 1]);
    expect(String(errors[0])).toContain("can't reach the API server");
    cluster.proxy.refuse(false);
    await retire(second);
    await until("the first leads again", () => watchman.working.has("cut"));
    await retire(first);
    expect(watchman.most).toBe(1);
  });

  it("survives a change of the lease by someone who does not want it", async () => {
    const watchman = new Watchman();
    const first = stand(watchman, "a");
    await until("a leads", () => watchman.working.has("a"));
    for (let i = 0; i < 40; i++) {
      await cluster.kube.resource(leases).mergePatch("leader", { metadata: { labels: { i: String(i) } } }, { namespace, signal });
      await systemClock.sleep(10, { signal });
    }
    expect(watchman.log).toEqual(["+a"]);
    await retire(first);
  });

  it("is never two candidates' while many come and go", async () => {
    const watchman = new Watchman();
    let candidates: Candidate[] = [];
    for (let round = 0; round < 12; round++) {
      candidates.push(stand(watchman, `r${round}`), stand(watchman, `s${round}`));
      await systemClock.sleep(150, { signal });
      if (round % 2 === 1) await retire(...candidates.splice(0, 3));
    }
    await retire(...candidates);
    candidates = [];
    expect(watchman.most).toBe(1);
    expect(watchman.log.length).toBeGreaterThan(4);
  });

  it("ends with the work, gives the lease back, and throws what the work throws", async () => {
    const watchman = new Watchman();
    await stand(watchman, "a", { work: async () => undefined }).ended;
    const failing = stand(watchman, "b", {
      work: async () => {
        throw new TypeError("a bug");
      },
    });
    await expect(failing.ended).rejects.toThrow("a bug");
    expect((await cluster.kube.resource(leases).get("leader", { namespace, signal }))?.spec?.holderIdentity).toBe("");
  });
});
