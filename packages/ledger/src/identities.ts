import type { Store } from "@allot/store";
import { withPrefix } from "@allot/store";
import { LedgerError, SegmentError } from "./errors.ts";
import { readOutcomes, segmentKey, segmentNames } from "./segment.ts";
import { readTable, writeTable } from "./table.ts";

export interface IdentityRow {
  /** sha256 in hex. */
  identity: string;
  /** Name of the pack, `p000012`. */
  pack: string;
  trial: number;
}

/** Where a finished trial's outcome is: read it with `readOutcomes(withPrefix(root, sweep), pack)`. */
export interface IdentityLocation {
  /** Folder of the sweep in the root store; in a cluster `<namespace>/<name>`. */
  sweep: string;
  pack: string;
  trial: number;
}

/**
 * Which trials were ever trained, in all sweeps of a store, by what decides their results. It only saves time:
 * deleting it loses no result, and `rebuild` makes a sweep's part anew.
 */
export interface Identities {
  /** A succeeded trial of that identity whose segment is still there. Files that can't be read are passed over. */
  find(identity: string, options: { signal: AbortSignal }): Promise<IdentityLocation | undefined>;
  /** Every such trial: sweeps that asked for different metrics may each have trained one. */
  all(identity: string, options: { signal: AbortSignal }): AsyncIterable<IdentityLocation>;
  /** Writes what is known of one block of a sweep's trials, in up to 16 objects, in place of what was there of that block. */
  write(sweep: string, block: number, rows: readonly IdentityRow[], options: { signal: AbortSignal }): Promise<void>;
  /** Writes every succeeded trial of a sweep's segments. */
  rebuild(sweep: string, options: { signal: AbortSignal }): Promise<void>;
}

const blockTrials = 32_768;

/**
 * Trials are indexed in blocks, each once all its packs are sealed: a file is then written without reading it, and neither
 * the writer's memory nor its time per trial grows with the sweep.
 * @param first the first trial of a pack, which belongs to one block as a whole.
 */
export const identityBlockOf = (first: number): number => Math.floor(first / blockTrials);

const digits = 64;
const bytesPerIdentity = digits / 2;

const bucketOf = (identity: string): string => {
  if (!/^[0-9a-f]{64}$/.test(identity)) throw new SegmentError(`"${identity}" is not an identity: it has ${digits} lower-case hex digits`);
  return identity.slice(0, 1);
};
const keyOf = (bucket: string, sweep: string, block: number): string => `identities/${bucket}/${sweep}/${block}.parquet`;

/** One file, ready to be searched: 32 bytes for each identity, ascending. */
interface Part {
  readonly sweep: string;
  readonly identities: Buffer;
  readonly packs: readonly string[];
  readonly trials: readonly number[];
}

const rowOf = ({ identities }: Part, identity: Buffer): number => {
  let low = 0;
  let high = identities.length / bytesPerIdentity;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = identity.compare(identities, middle * bytesPerIdentity, (middle + 1) * bytesPerIdentity);
    if (order === 0) return middle;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return -1;
};

const readRows = async (store: Store, key: string, { signal }: { signal: AbortSignal }): Promise<IdentityRow[]> => {
  const bytes = await store.get(key, { signal });
  if (!bytes) return [];
  try {
    const table = await readTable(bytes, { file: key, kind: "identities" });
    const [packs, trials] = [table.texts("pack"), table.integers("trial")];
    return table.texts("identity").map((identity, i) => ({ identity, pack: packs[i] ?? "", trial: trials[i] ?? 0 }));
  } catch (error) {
    if (error instanceof LedgerError) return [];
    throw error;
  }
};

const partOf = (sweep: string, rows: readonly IdentityRow[]): Part => ({
  sweep,
  identities: Buffer.from(rows.map(({ identity }) => identity).join(""), "hex"),
  packs: rows.map(({ pack }) => pack),
  trials: rows.map(({ trial }) => trial),
});

const encode = (unsorted: readonly IdentityRow[]): Uint8Array => {
  const rows = unsorted.toSorted((a, b) => (a.identity < b.identity ? -1 : 1));
  return writeTable({
    kind: "identities",
    metadata: {},
    columns: [
      { name: "identity", type: "text", values: rows.map(({ identity }) => identity) },
      { name: "pack", type: "text", values: rows.map(({ pack }) => pack) },
      { name: "trial", type: "integer", values: rows.map(({ trial }) => trial) },
    ],
  });
};

/** Files written, or read, at once. */
const atOnce = 4;

/** The value that was asked for under a key, also by those who ask while it is still awaited; not kept where it fails or `keep` says no. */
const shared = async <T>(known: Map<string, Promise<T>>, key: string, { make, keep }: { make: () => Promise<T>; keep: (value: T) => boolean }): Promise<T> => {
  const present = known.get(key);
  if (present) return present;
  const made = make();
  known.set(key, made);
  try {
    const value = await made;
    if (!keep(value)) known.delete(key);
    return value;
  } catch (error) {
    known.delete(key);
    throw error;
  }
};

class StoredIdentities implements Identities {
  readonly #root: Store;
  /** Buckets looked into so far; another process's additions since then are not seen. */
  readonly #buckets = new Map<string, Promise<Part[]>>();
  readonly #present = new Map<string, Promise<boolean>>();

  constructor(root: Store) {
    this.#root = root;
  }

  async find(identity: string, options: { signal: AbortSignal }): Promise<IdentityLocation | undefined> {
    for await (const found of this.all(identity, options)) return found;
    return undefined;
  }

  async *all(identity: string, { signal }: { signal: AbortSignal }): AsyncGenerator<IdentityLocation, void, void> {
    const wanted = Buffer.from(identity, "hex");
    for (const part of await this.#bucket(bucketOf(identity), { signal })) {
      const row = rowOf(part, wanted);
      const pack = part.packs[row];
      const trial = part.trials[row];
      if (pack !== undefined && trial !== undefined && (await this.#isSealed(part.sweep, pack, { signal }))) yield { sweep: part.sweep, pack, trial };
    }
  }

  async write(sweep: string, block: number, rows: readonly IdentityRow[], { signal }: { signal: AbortSignal }): Promise<void> {
    const buckets = [...Map.groupBy(rows, ({ identity }) => bucketOf(identity))];
    for (let at = 0; at < buckets.length; at += atOnce) {
      await Promise.all(buckets.slice(at, at + atOnce).map(async ([bucket, added]) => this.#root.put(keyOf(bucket, sweep, block), encode(added), { signal })));
    }
    for (const [bucket] of buckets) this.#buckets.delete(bucket);
  }

  async rebuild(sweep: string, { signal }: { signal: AbortSignal }): Promise<void> {
    const store = withPrefix(this.#root, sweep);
    let block = 0;
    let rows: IdentityRow[] = [];
    // In the order of trials, so that blocks come one after another.
    for await (const pack of segmentNames(store, { signal })) {
      const { first, outcomes } = await readOutcomes(store, pack, { signal });
      if (identityBlockOf(first) !== block) {
        await this.write(sweep, block, rows, { signal });
        [block, rows] = [identityBlockOf(first), []];
      }
      for (const { identity, trial, state } of outcomes) if (state === "Succeeded") rows.push({ identity, pack, trial });
    }
    await this.write(sweep, block, rows, { signal });
  }

  async #bucket(bucket: string, { signal }: { signal: AbortSignal }): Promise<Part[]> {
    return shared(this.#buckets, bucket, { make: async () => this.#readBucket(bucket, signal), keep: () => true });
  }

  async #readBucket(bucket: string, signal: AbortSignal): Promise<Part[]> {
    const files: { key: string; sweep: string }[] = [];
    for await (const { key } of this.#root.list(`identities/${bucket}/`, { signal })) {
      const sweep = /^identities\/[0-9a-f]\/(.+)\/\d+\.parquet$/.exec(key)?.[1];
      if (sweep !== undefined) files.push({ key, sweep });
    }
    const parts: Part[] = [];
    for (let at = 0; at < files.length; at += atOnce) {
      parts.push(
        ...(await Promise.all(files.slice(at, at + atOnce).map(async ({ key, sweep }) => partOf(sweep, await readRows(this.#root, key, { signal }))))),
      );
    }
    return parts;
  }

  async #isSealed(sweep: string, pack: string, { signal }: { signal: AbortSignal }): Promise<boolean> {
    const wanted = `${sweep}/${segmentKey(pack)}`;
    const look = async (): Promise<boolean> => {
      for await (const { key } of this.#root.list(wanted, { signal })) if (key === wanted) return true;
      return false;
    };
    return shared(this.#present, wanted, { make: look, keep: (present) => present });
  }
}

/** @param root the store that holds the sweeps' folders. */
export const openIdentities = (root: Store): Identities => new StoredIdentities(root);
