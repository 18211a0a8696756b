import type { Slot } from "../plan/slots.ts";
import { declaredSlots } from "../plan/slots.ts";
import type { Node, Program } from "../program.ts";
import { checkPosition, checkTrial, programNamed, type Session } from "../session-contract.ts";
import { sizeOf } from "../shape.ts";
import { estimatedBytes } from "./bytes.ts";
import { applied } from "./effects.ts";
import { interpret } from "./interpret.ts";
import { type Joined, type JoinedProgram, join } from "./joined.ts";
import { createMemory, type Turn } from "./memory.ts";
import type { TensorFlow, TfTensor } from "./tensorflow.ts";
import { only } from "./trial-axis.ts";

/** What a session on TensorFlow is made of; programs are simplified already. */
export interface TfjsPlan {
  readonly joined: Joined;
  readonly slots: ReadonlyMap<string, Slot>;
  readonly trials: number;
  /** Estimate: the host's memory, TensorFlow's, and the most that the values of a run take at once. */
  readonly bytes: number;
}

export const planTfjs = (
  programs: Readonly<Record<string, Program>>,
  { trials, streams }: Pick<TfjsPlan, "trials"> & { streams: Readonly<Record<string, number>> },
): TfjsPlan => {
  const joined = join(programs);
  const slots = declaredSlots(joined.nodes, streams);
  return { joined, slots, trials, bytes: estimatedBytes({ joined, slots, trials }) };
};

/**
 * A session that computes operation by operation, each for all trials at once: what one operation costs to start is
 * shared by them. A run of one trial among several is as right and slower.
 */
export const openTfjsSession = ({ joined, slots, trials, bytes }: TfjsPlan, tf: TensorFlow): Session => {
  const { nodes } = joined;
  const programs = new Map(Object.entries(joined.programs).map(([name, program]) => [name, { ...program, last: lastPosition(nodes, program, slots) }]));
  const outputs = new Map(
    [...programs].flatMap(([name, program]) => Object.entries(program.outputs).map(([output, id]) => [`${name}/${output}`, sizeOf(nodes[id]!.shape)] as const)),
  );
  const memory = createMemory({ tf, trials, slots, outputs });
  const kept = new Map<number, TfTensor>();
  let stale = true;

  const dropKept = (): void => {
    for (const tensor of kept.values()) tensor.dispose();
    kept.clear();
  };
  const refresh = (): void => {
    dropKept();
    tf.tidy(() => {
      const value = interpret(tf, { nodes, schedule: joined.frozen, given: (node) => memory.read(node, { trial: undefined, at: 0 }) });
      for (const id of joined.kept) kept.set(id, tf.keep(value(id)));
    });
    stale = false;
  };
  const take = (name: string, { outputs: shown, effects, schedule }: JoinedProgram, turn: Turn): void => {
    const given = (node: Node): TfTensor => {
      const before = kept.get(node.id);
      if (before === undefined) return memory.read(node, turn);
      return turn.trial === undefined ? before : only(tf, before, turn.trial);
    };
    tf.tidy(() => {
      const value = interpret(tf, { nodes, schedule, given });
      // From the old states, so before any is written.
      for (const [output, id] of Object.entries(shown)) memory.show(`${name}/${output}`, value(id), turn);
      const written = effects.map(({ effect, states, values }) => ({
        states,
        now: applied(tf, effect, { states: states.map(value), values: values.map(value) }),
      }));
      for (const { states, now } of written) for (const [i, id] of states.entries()) memory.write(nodes[id]!, now[i]!, turn);
    });
  };
  const run = (name: string, turn: Turn): void => {
    const program = programNamed(programs, name);
    checkPosition(name, turn.at, program.last);
    inMemory(() => {
      if (stale) refresh();
      take(name, program, turn);
    });
  };

  return {
    trials,
    bytes,
    lockstep: true,
    view: (name, trial) => {
      checkTrial(trial, trials);
      return memory.view(name, trial);
    },
    invalidate: (trial) => {
      if (trial !== undefined) checkTrial(trial, trials);
      memory.forget(trial === undefined ? ["constant", "shared"] : ["constant"]);
      stale = true;
    },
    run: (name, trial, at = 0) => {
      checkTrial(trial, trials);
      run(name, { trial, at });
    },
    runAll: (name, at = 0) => run(name, { trial: undefined, at }),
    close: () => {
      programs.clear();
      dropKept();
      memory.close();
    },
  };
};

/** TensorFlow's word for a lack of memory becomes the one that all engines use. */
const inMemory = (work: () => void): void => {
  try {
    work();
  } catch (cause) {
    if (!(cause instanceof Error) || !/OOM when allocating|failed to allocate memory/i.test(cause.message)) throw cause;
    throw new RangeError(`no room in TensorFlow's memory: run fewer trials at once (${cause.message.split("\n")[0]})`, { cause });
  }
};

const lastPosition = (nodes: readonly Node[], { schedule }: JoinedProgram, slots: ReadonlyMap<string, Slot>): number =>
  schedule.given.reduce((last, id) => {
    const { operation, shape } = nodes[id]!;
    return operation.op === "stream" ? Math.min(last, slots.get(operation.name)!.elements - sizeOf(shape)) : last;
  }, Number.MAX_SAFE_INTEGER);
