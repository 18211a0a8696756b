import { cnn } from "./cnn.ts";
import { dln } from "./dln.ts";
import { guided } from "./guided.ts";
import { half } from "./half.ts";
import { mlp } from "./mlp.ts";
import { rnn } from "./rnn.ts";
import type { Workload } from "./workload.ts";

/** In the order of the tables. */
export const workloads: readonly Workload[] = [mlp, rnn, cnn, dln, half, guided];
