import type { Clock } from "@allot/runtime";
import { TaskGroup } from "@allot/runtime";
import { isAlreadyExists, isConflict } from "./errors.ts";
import type { Kube, Resource } from "./kube.ts";
import type { Lease } from "./objects.ts";
import { leases } from "./objects.ts";
import { within } from "./waiting.ts";

/** `retry` < `renew` < `lease`. */
export interface LeaseDurations {
  /** Others may take over this long after they saw the last renewal; 15,000 unless told; whole seconds. */
  readonly leaseMilliseconds: number;
  /** The leader stops its work when it could not renew for this long, so that it has the rest to end it; 10,000. */
  readonly renewMilliseconds: number;
  /** Between two attempts; 2,000. */
  readonly retryMilliseconds: number;
}

export interface LeadOptions {
  readonly kube: Kube;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Who this is; unique among the candidates, such as the pod's name. */
  readonly identity: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs while leading. Its signal aborts when the lease is lost or `signal` aborts, and it must return then. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly durations?: LeaseDurations;
  /** In [0, 1): keeps candidates from trying at once. */
  readonly jitter?: () => number;
  /** Hears who leads whenever that changes, this one included; undefined when nobody does. */
  readonly onLeader?: (identity: string | undefined) => void;
  /** Hears each attempt to acquire or renew that failed; the next follows. */
  readonly onError?: (error: unknown) => void;
}

const usual: LeaseDurations = { leaseMilliseconds: 15_000, renewMilliseconds: 10_000, retryMilliseconds: 2000 };

/**
 * Works whenever it holds the lease, until `signal` aborts, or the work returns or throws; then gives the lease back, so
 * that another candidate has it at its next attempt. Needs to get, create and patch leases.
 *
 * Clocks of machines are not compared: a candidate takes over when it has seen no renewal for the lease's length by its own
 * clock, and a leader counts from before it sent its last renewal.
 * @throws what the work throws.
 */
export const lead = async (options: LeadOptions): Promise<void> => {
  const { clock, signal, durations = usual, jitter = () => 0 } = options;
  const lock = new Lock(options, durations);
  while (!signal.aborted) {
    const since = clock.monotonic();
    const held = await attempt(options, signal, async () => lock.acquire(signal));
    if (held === true) {
      if (await hold(options, { lock, durations, since })) return;
    } else {
      await clock.sleep(durations.retryMilliseconds * (1 + jitter() / 5), { signal }).catch(() => undefined);
    }
  }
};

/** The result, or undefined when it failed, which the options hear of. */
const attempt = async <T>({ onError }: LeadOptions, signal: AbortSignal, act: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await act();
  } catch (error) {
    if (!signal.aborted) onError?.(error);
    return undefined;
  }
};

interface Held {
  readonly lock: Lock;
  readonly durations: LeaseDurations;
  /** Monotonic milliseconds before the lease was asked for. */
  readonly since: number;
}

/** Works and renews. Returns whether the work ended by itself or was told to; `false` when the lease was lost. */
const hold = async (options: LeadOptions, { lock, durations, since }: Held): Promise<boolean> => {
  const { clock, signal, work } = options;
  const group = new TaskGroup(signal);
  let lost = false;
  group.start(async (inner) => {
    await work(inner);
    group.abort();
  });
  group.start(async (inner) => {
    let renewed = since;
    for (;;) {
      const left = renewed + durations.renewMilliseconds - clock.monotonic();
      if (left <= 0) break;
      await clock.sleep(Math.min(durations.retryMilliseconds, left), { signal: inner });
      const begun = clock.monotonic();
      const milliseconds = renewed + durations.renewMilliseconds - begun;
      const late = `lease: not renewed within ${durations.renewMilliseconds} ms`;
      const held = await attempt(options, inner, async () => within({ clock, milliseconds, signal: inner, late }, async (inTime) => lock.acquire(inTime)));
      if (held === false) break;
      if (held === true) renewed = begun;
    }
    if (inner.aborted) return;
    lost = true;
    group.abort();
  });
  try {
    await group.join();
    return !lost;
  } finally {
    if (!lost) await release(options, lock, durations);
  }
};

const release = async (options: LeadOptions, lock: Lock, { retryMilliseconds: milliseconds }: LeaseDurations): Promise<void> => {
  const { signal } = new AbortController();
  const late = "lease: not given back in time; it runs out by itself";
  await attempt(options, signal, async () => within({ clock: options.clock, milliseconds, signal, late }, async (inTime) => lock.release(inTime)));
};

/** The lease as this candidate last saw it. */
class Lock {
  readonly #options: LeadOptions;
  readonly #durations: LeaseDurations;
  readonly #leases: Resource<Lease>;
  #seen: Lease | undefined;
  /** Monotonic milliseconds when `#seen` last changed. */
  #seenAt = 0;
  #leader: string | undefined;

  constructor(options: LeadOptions, durations: LeaseDurations) {
    this.#options = options;
    this.#durations = durations;
    this.#leases = options.kube.resource(leases);
  }

  /** Takes or renews the lease where that is allowed; `false` when another has it. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { lease, identity } = this.#options;
    for (;;) {
      const current = await this.#leases.get(lease.name, { namespace: lease.namespace, signal });
      if (current?.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) this.#saw(current);
      const other = this.#otherHolder(current);
      if (other !== undefined) {
        this.#tell(other);
        return false;
      }
      try {
        this.#saw(await this.#write(current, signal));
        this.#tell(identity);
        return true;
      } catch (error) {
        // Someone was faster: perhaps another candidate, perhaps only a person with a label.
        if (!isConflict(error) && !isAlreadyExists(error)) throw error;
      }
    }
  }

  async release(signal: AbortSignal): Promise<void> {
    const { lease } = this.#options;
    // With the version: whoever may have taken it meanwhile keeps it.
    const patch = { metadata: { resourceVersion: this.#seen?.metadata.resourceVersion }, spec: { holderIdentity: "" } };
    await this.#leases.mergePatch(lease.name, patch, { namespace: lease.namespace, signal });
    this.#tell(undefined);
  }

  /** Who else holds the lease and has renewed it lately, as far as was seen from here. */
  #otherHolder(lease: Lease | undefined): string | undefined {
    const { holderIdentity, leaseDurationSeconds = 0 } = lease?.spec ?? {};
    if (!holderIdentity || holderIdentity === this.#options.identity) return undefined;
    return this.#options.clock.monotonic() < this.#seenAt + leaseDurationSeconds * 1000 ? holderIdentity : undefined;
  }

  async #write(current: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { lease, clock, identity } = this.#options;
    // The API wants microseconds.
    const now = new Date(clock.now()).toISOString().replace("Z", "000Z");
    const taken =
      current?.spec?.holderIdentity === identity ? {} : { acquireTime: now, leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (current ? 1 : 0) };
    const spec = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(this.#durations.leaseMilliseconds / 1000), renewTime: now, ...taken };
    if (!current) return this.#leases.create({ metadata: lease, spec }, { signal });
    const { resourceVersion } = current.metadata;
    return this.#leases.mergePatch(lease.name, { metadata: { resourceVersion }, spec }, { namespace: lease.namespace, signal });
  }

  #saw(lease: Lease | undefined): void {
    this.#seen = lease;
    this.#seenAt = this.#options.clock.monotonic();
  }

  #tell(leader: string | undefined): void {
    if (leader !== this.#leader) this.#options.onLeader?.(leader);
    this.#leader = leader;
  }
}
