import type { Course, Session } from "@allot/controller";
import { type Clock, TaskGroup } from "@allot/runtime";
import type { Transport } from "@allot/transport";
import type { Crew } from "./crew.ts";
import type { Progress } from "./progress.ts";

/** How long (ms) lanes may take to give their packs back. */
const graceMilliseconds = 10_000;
const tickMilliseconds = 200;

export interface Conducted {
  readonly transport: Transport;
  readonly session: Session;
  readonly course: Course;
  readonly crew: Crew;
  readonly progress: Progress;
  readonly clock: Clock;
  /** Aborting it is a pause. */
  readonly signal: AbortSignal;
}

/**
 * Runs until the lanes have ended: because all is sealed, because of a pause, or because the session stopped.
 * @throws CliError when lanes can't be started, and whatever broke the parent's own work.
 */
export const conduct = async ({ transport, session, course, crew, progress, clock, signal }: Conducted): Promise<void> => {
  const attending = new TaskGroup(new AbortController().signal);
  const pause = (): void => transport.control.set("pause");
  signal.addEventListener("abort", pause, { once: true });
  if (signal.aborted) pause();
  attending.start(async (life) => session.listen({ signal: life }));
  attending.start(async (life) => session.watch({ signal: life }));
  attending.start(async (life) => tick({ session, course, progress, clock, life }));
  // Whoever sets the control to anything but `run` wants the lanes to go and none to come.
  attending.start(async (life) => {
    for await (const control of transport.control.changes({ signal: life })) if (control !== "run") await crew.dismiss(graceMilliseconds);
  });
  // What breaks the parent's own work must not leave lanes behind.
  attending.signal.addEventListener("abort", () => transport.control.set("stop"), { once: true });
  // A failure of the crew comes out of `join` below.
  attending.signal.addEventListener("abort", () => void crew.dismiss(graceMilliseconds).catch(() => undefined), { once: true });
  try {
    await crew.join();
  } finally {
    signal.removeEventListener("abort", pause);
    attending.abort();
    await transport.close();
    await attending.join();
  }
};

const tick = async ({
  session,
  course,
  progress,
  clock,
  life,
}: Pick<Conducted, "session" | "course" | "progress" | "clock"> & { life: AbortSignal }): Promise<void> => {
  while (!life.aborted) {
    await clock.sleep(tickMilliseconds, { signal: life });
    progress.update({ counts: session.counts(), trained: session.trained(), stage: course.stage });
  }
};
