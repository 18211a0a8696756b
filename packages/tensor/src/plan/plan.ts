import type { Node, Program, SlotKind } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { overwritable } from "./in-place.ts";
import { type Lowered, lower } from "./lower.ts";
import { align, allocate } from "./scratch.ts";
import { computations, type Item, reach, withEffects } from "./sequence.ts";
import { declaredSlots, isSlot } from "./slots.ts";

/** Where a buffer lies: an offset in bytes, within each trial's region or absolute; streams move by a run's position. */
export interface Location {
  readonly offset: number;
  readonly perTrial: boolean;
  readonly moving: boolean;
}

/** Memory the host can see. */
export interface SlotPlan {
  readonly location: Location;
  readonly kind: SlotKind | "output";
  readonly elements: number;
  readonly dtype: Node["dtype"];
}

/** Items in order and where each root they touch lies. */
export interface Sequence {
  readonly items: readonly Item[];
  readonly locate: (root: number) => Location;
}

/** What a session runs and the memory it takes. */
export interface Plan {
  readonly lowered: Lowered;
  readonly slots: ReadonlyMap<string, SlotPlan>;
  /** What depends on shared data only, and what on a trial's constants besides: computed when these change. */
  readonly shared: Sequence;
  readonly frozen: Sequence;
  readonly programs: ReadonlyMap<string, Sequence & { /** Highest stream position. */ readonly lastPosition: number }>;
  readonly trialBytes: number;
  readonly trialsFrom: number;
  readonly bytes: number;
}

export interface PlanOptions {
  readonly programs: Readonly<Record<string, Program>>;
  readonly trials: number;
  readonly streams: Readonly<Record<string, number>>;
  readonly floatBytes: 4 | 8;
}

/** The kernels leave the first bytes unused. */
const FIRST = 1024;

/** Hands out aligned memory one piece after the other. */
interface Region {
  take(bytes: number): number;
  readonly size: () => number;
}

function createRegion(from: number): Region {
  let size = from;
  return {
    size: () => size,
    take: (bytes) => {
      const offset = size;
      size += align(bytes);
      return offset;
    },
  };
}

/** Lays out a session: shared slots and values, a region per trial, one scratch for all. Throws ProgramError where slots of programs clash. */
export function plan(options: PlanOptions): Plan {
  const lowered = lower(options.programs);
  const bytesOf = (node: Node): number => (node.operation.op === "fill" ? 1 : sizeOf(node.shape)) * (node.dtype === "index" ? 4 : options.floatBytes);
  const common = createRegion(FIRST);
  const perTrial = createRegion(0);
  const slots = placeSlots(lowered, options, { common, perTrial });

  const sequences = sequence(lowered);
  const kept = new Map<number, Location>();
  for (const root of sequences.kept) {
    const own = lowered.stages[root]! > 0;
    kept.set(root, { offset: (own ? perTrial : common).take(bytesOf(lowered.nodes[root]!)), perTrial: own, moving: false });
  }
  const outputs = placeOutputs(lowered, bytesOf, { perTrial, slots });

  const trialBytes = perTrial.size();
  const trialsFrom = common.size();
  const scratchFrom = trialsFrom + options.trials * trialBytes;
  let scratchBytes = 0;
  const place = (items: readonly Item[], fixed: ReadonlyMap<number, Location>): Sequence => {
    const lasting = (root: number): Location | undefined => fixed.get(root) ?? kept.get(root) ?? slotOf(lowered.nodes[root]!, slots)?.location;
    const scratch = allocate(items, {
      bytesOf: (root) => (lasting(root) === undefined ? bytesOf(lowered.nodes[root]!) : undefined),
      stealable: ({ node }) => (node === undefined ? undefined : overwritable(lowered, node)),
    });
    scratchBytes = Math.max(scratchBytes, scratch.bytes);
    return { items, locate: (root) => lasting(root) ?? { offset: scratchFrom + scratch.offsets.get(root)!, perTrial: false, moving: false } };
  };
  const shared = place(sequences.shared, new Map());
  const frozen = place(sequences.frozen, new Map());
  const programs = new Map(
    Object.entries(sequences.programs).map(([name, items]) => [
      name,
      { ...place(items, outputs.get(name)!), lastPosition: lastPosition(lowered, items, slots) },
    ]),
  );
  return { lowered, slots, shared, frozen, programs, trialBytes, trialsFrom, bytes: scratchFrom + scratchBytes };
}

function sequence(lowered: Lowered): { shared: Item[]; frozen: Item[]; programs: Record<string, Item[]>; kept: Set<number> } {
  const kept = new Set<number>();
  const keep = ({ ids, below }: { ids: number[]; below: Set<number> }): number[] => {
    for (const root of below) kept.add(root);
    return ids;
  };
  const programs: Record<string, Item[]> = {};
  for (const [name, { outputs, effects }] of Object.entries(lowered.programs)) {
    const goals = [...Object.values(outputs), ...effects.flatMap((effect) => [...effect.states, ...effect.values])];
    programs[name] = withEffects(lowered, computations(lowered, keep(reach(lowered, goals, 2))), effects);
  }
  const frozen = computations(
    lowered,
    keep(
      reach(
        lowered,
        [...kept].filter((root) => lowered.stages[root] === 1),
        1,
      ),
    ),
  );
  const shared = computations(
    lowered,
    reach(
      lowered,
      [...kept].filter((root) => lowered.stages[root] === 0),
      0,
    ).ids,
  );
  return { shared, frozen, programs, kept };
}

function slotOf(node: Node, slots: ReadonlyMap<string, SlotPlan>): SlotPlan | undefined {
  return isSlot(node) ? slots.get(node.operation.name) : undefined;
}

function placeSlots(lowered: Lowered, { streams, floatBytes }: PlanOptions, { common, perTrial }: { common: Region; perTrial: Region }): Map<string, SlotPlan> {
  const placed = new Map<string, SlotPlan>();
  for (const [name, { kind, elements, dtype }] of declaredSlots(lowered.nodes, streams)) {
    const region = kind === "shared" ? common : perTrial;
    const offset = region.take(elements * (dtype === "index" ? 4 : floatBytes));
    placed.set(name, { kind, elements, dtype, location: { offset, perTrial: kind !== "shared", moving: kind === "stream" } });
  }
  return placed;
}

function placeOutputs(
  lowered: Lowered,
  bytesOf: (node: Node) => number,
  { perTrial, slots }: { perTrial: Region; slots: Map<string, SlotPlan> },
): Map<string, Map<number, Location>> {
  const places = new Map<string, Map<number, Location>>();
  for (const [program, { outputs }] of Object.entries(lowered.programs)) {
    const own = new Map<number, Location>();
    places.set(program, own);
    for (const [name, id] of Object.entries(outputs)) {
      const node = lowered.nodes[id]!;
      const location: Location = { offset: perTrial.take(bytesOf(node)), perTrial: true, moving: false };
      own.set(id, location);
      slots.set(`${program}/${name}`, { kind: "output", elements: sizeOf(node.shape), dtype: node.dtype, location });
    }
  }
  return places;
}

function lastPosition(lowered: Lowered, items: readonly Item[], slots: ReadonlyMap<string, SlotPlan>): number {
  const roots = new Set(items.flatMap((item) => item.reads));
  const streams = [...roots].map((root) => lowered.nodes[root]!).filter((node) => node.operation.op === "stream");
  return Math.min(...streams.map((node) => slotOf(node, slots)!.elements - sizeOf(node.shape)), Number.MAX_SAFE_INTEGER);
}
