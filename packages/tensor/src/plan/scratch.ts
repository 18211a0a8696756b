import type { Item } from "./sequence.ts";

/** Bytes that every buffer is aligned to: a cache line. */
const ALIGNMENT = 64;

export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Offsets into scratch memory by root, and the bytes they take in all. */
export interface Scratch {
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
}

interface Request {
  /** Bytes of a root that wants scratch memory, or undefined where it lives elsewhere. */
  readonly bytesOf: (root: number) => number | undefined;
  /** The root whose memory the item could compute into in place, if it is read for the last time there. */
  readonly stealable: (item: Item) => number | undefined;
}

/** Gives buffers offsets so that those alive at the same time do not overlap; the lowest free place that fits. */
export function allocate(items: readonly Item[], { bytesOf, stealable }: Request): Scratch {
  const offsets = new Map<number, number>();
  const free = createFreeList();
  const lastRead = new Map<number, number>();
  items.forEach((item, index) => item.reads.forEach((root) => lastRead.set(root, index)));
  const stolen = new Set<number>();
  items.forEach((item, index) => {
    const dying = new Set(item.reads.filter((root) => lastRead.get(root) === index && offsets.has(root)));
    const root = item.node?.id;
    const bytes = root === undefined ? undefined : bytesOf(root);
    if (root !== undefined && bytes !== undefined) {
      const victim = stealable(item);
      if (victim !== undefined && dying.has(victim)) {
        offsets.set(root, offsets.get(victim)!);
        stolen.add(victim);
      } else {
        offsets.set(root, free.take(align(bytes)));
      }
    }
    for (const gone of dying) if (!stolen.has(gone)) free.give(offsets.get(gone)!, align(bytesOf(gone)!));
  });
  return { offsets, bytes: free.top() };
}

/** First fit over [offset, offset + bytes) holes, kept sorted and joined. */
function createFreeList(): { take(bytes: number): number; give(offset: number, bytes: number): void; top(): number } {
  const holes: { offset: number; bytes: number }[] = [];
  let top = 0;
  return {
    top: () => top,
    take: (bytes) => {
      const index = holes.findIndex((hole) => hole.bytes >= bytes);
      if (index < 0) {
        top += bytes;
        return top - bytes;
      }
      const hole = holes[index]!;
      const { offset } = hole;
      if (hole.bytes === bytes) holes.splice(index, 1);
      else holes[index] = { offset: offset + bytes, bytes: hole.bytes - bytes };
      return offset;
    },
    give: (offset, bytes) => {
      const index = holes.findIndex((hole) => hole.offset > offset);
      holes.splice(index < 0 ? holes.length : index, 0, { offset, bytes });
      for (let i = holes.length - 1; i > 0; i--) {
        const [before, after] = [holes[i - 1]!, holes[i]!];
        if (before.offset + before.bytes === after.offset) holes.splice(i - 1, 2, { offset: before.offset, bytes: before.bytes + after.bytes });
      }
    },
  };
}
