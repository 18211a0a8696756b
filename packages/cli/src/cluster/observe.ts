import { type SweepObject, sweeps } from "@allot/controller";
import { Cache } from "@allot/kube";
import { TaskGroup } from "@allot/runtime";
import type { Cluster } from "./connection.ts";

export interface ObserveOptions {
  /** All namespaces where undefined. */
  readonly namespace: string | undefined;
  /** Looks again after this long (ms) although nothing changed, because times pass. */
  readonly every: number;
  readonly signal: AbortSignal;
}

/** The sweeps there are, now and after each change, until the caller stops. It goes on when the API server is away. @throws KubeError when it is refused at first. */
export async function* observeSweeps({ kube, context }: Cluster, { namespace, every, signal }: ObserveOptions): AsyncGenerator<SweepObject[], void, undefined> {
  const { clock, terminal } = context;
  const resource = kube.resource(sweeps);
  // A cache goes on whatever the server says; a person wants to hear of a refusal.
  await resource.list({ namespace, signal });
  let changed = Promise.withResolvers<void>();
  let lost = false;
  const cache = new Cache({
    resource,
    clock,
    namespace,
    onChange: () => {
      lost = false;
      changed.resolve();
    },
    onError: (error) => {
      if (!lost) terminal.err(`${error instanceof Error ? error.message : String(error)}; trying again\n`);
      lost = true;
    },
  });
  const group = new TaskGroup(signal);
  group.start(async (life) => cache.run({ signal: life }));
  try {
    await cache.synced({ signal: group.signal });
    for (;;) {
      changed = Promise.withResolvers<void>();
      yield cache.all();
      await Promise.race([changed.promise, clock.sleep(every, { signal: group.signal })]);
    }
  } finally {
    group.abort();
    await group.join();
  }
}
