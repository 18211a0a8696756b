import { type SweepObject, sweepLabel } from "@allot/controller";
import { KubeError, type Pod, pods } from "@allot/kube";
import { TaskGroup } from "@allot/runtime";
import type { Cluster } from "./connection.ts";
import { isEnd, type TrialLine, trialLine } from "./log-lines.ts";

/** Lanes whose logs are read at once. */
const readers = 8;
/** How often (ms) it is looked for lanes that have started since. */
const lookEvery = 2000;
const container = "lane";

/** The pods of a sweep's lanes that have something to say. */
const lanePodsOf = async ({ metadata }: SweepObject, { kube, context }: Cluster): Promise<Pod[]> => {
  const { name, namespace } = metadata;
  const { items } = await kube.resource(pods).list({ namespace, labelSelector: `${sweepLabel}=${name}`, signal: context.signal });
  return items.filter(({ status }) => status?.phase !== undefined && status.phase !== "Pending");
};

export interface LaneLogOptions {
  readonly trial: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** What a pod's log says of a trial. A log that can't be had is said, and is no reason to stop. */
export async function* trialLines({ kube, context }: Cluster, pod: Pod, { trial, follow, signal }: LaneLogOptions): AsyncGenerator<TrialLine, void, undefined> {
  const { name, namespace = "default" } = pod.metadata;
  try {
    for await (const line of kube.logs({ namespace, name }, { container, follow, signal })) {
      const found = trialLine(line, trial, name);
      if (found) yield found;
    }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    context.terminal.err(`the log of lane ${name} can't be read: ${error.message}\n`);
  }
}

/** What all lanes there are say of a trial, in the order of time. */
export const scanLanes = async (object: SweepObject, trial: number, cluster: Cluster): Promise<TrialLine[]> => {
  const { signal } = cluster.context;
  const waiting = await lanePodsOf(object, cluster);
  const found: TrialLine[] = [];
  const read = async (): Promise<void> => {
    for (let pod = waiting.pop(); pod; pod = waiting.pop())
      for await (const line of trialLines(cluster, pod, { trial, follow: false, signal })) found.push(line);
  };
  await Promise.all(Array.from({ length: readers }, read));
  return found.sort((a, b) => a.time.localeCompare(b.time));
};

export interface Following {
  readonly trial: number;
  readonly onLine: (line: TrialLine) => void;
  /** Whether nothing more can come: the trial is sealed, or the sweep has ended. Asked now and then. */
  readonly isOver: () => Promise<boolean>;
}

/** Follows the lanes there are and those that come, until one has ended the trial or nothing more can come. */
export const followLanes = async (object: SweepObject, { trial, onLine, isOver }: Following, cluster: Cluster): Promise<void> => {
  const { clock, signal } = cluster.context;
  const group = new TaskGroup(signal);
  const followed = new Set<string>();
  const follow = async (pod: Pod, life: AbortSignal): Promise<void> => {
    for await (const line of trialLines(cluster, pod, { trial, follow: true, signal: life })) {
      onLine(line);
      if (isEnd(line)) return group.abort();
    }
  };
  group.start(async (life) => {
    for (;;) {
      for (const pod of await lanePodsOf(object, cluster)) {
        const { uid = "" } = pod.metadata;
        if (followed.has(uid)) continue;
        followed.add(uid);
        group.start(async (running) => follow(pod, running));
      }
      if (await isOver()) return group.abort();
      await clock.sleep(lookEvery, { signal: life });
    }
  });
  await group.join();
  signal.throwIfAborted();
};
