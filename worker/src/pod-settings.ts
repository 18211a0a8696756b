import type { StoreEnvironment } from "@allot/store";
import type { NatsAddress } from "@allot/transport";

/** What a lane's pod is told by its environment. */
export interface PodSettings {
  /** The lane's name: its pod's. */
  readonly lane: string;
  /** Where the sweep is below its store. */
  readonly sweep: string;
  readonly uid: string;
  readonly store: StoreEnvironment;
  readonly nats: NatsAddress;
  /** What all threads of the lane may take. */
  readonly memoryBytes: number;
  /** Engines that run at once, each in a process of its own. */
  readonly threads: number;
  /** It asked for a GPU. */
  readonly gpu: boolean;
  /** The image this runs in, as it was asked for. */
  readonly image: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Started wrongly: starting it again helps nothing until somebody changes something. */
export class Misconfigured extends Error {
  override readonly name = "Misconfigured";
}

const needed = (environment: Environment, name: string): string => {
  const value = environment[name];
  if (value !== undefined && value !== "") return value;
  throw new Misconfigured(`${name} is not set: a lane is started by Allot's controller, or give it what the controller gives`);
};

/** @throws Misconfigured naming the variable */
export const podSettings = (environment: Environment, memory: number): PodSettings => {
  const { ALLOT_NATS_USER: user, ALLOT_NATS_PASSWORD: password, ALLOT_LANE_MEMORY: limit, ALLOT_LANE_THREADS: threads } = environment;
  needed(environment, "ALLOT_STORE");
  return {
    lane: needed(environment, "ALLOT_LANE"),
    sweep: needed(environment, "ALLOT_SWEEP"),
    uid: needed(environment, "ALLOT_SWEEP_UID"),
    store: environment,
    nats: { servers: needed(environment, "ALLOT_NATS_URL"), ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) },
    memoryBytes: Math.min(Number(limit ?? memory) || memory, memory),
    threads: Number(threads ?? 1) || 1,
    gpu: environment["ALLOT_LANE_GPU"] === "true",
    image: environment["ALLOT_IMAGE"],
  };
};
