import { loadTfjsNode } from "@allot/testbed";
import type { TensorFlowEngine } from "../session.ts";
import type { TensorFlow } from "../tfjs/tensorflow.ts";

/** For tests: TensorFlow as the testbed builds it, with what tells its leaks. */
export const tensorFlow = async (): Promise<TensorFlowEngine & { tf: TensorFlow & { memory(): { numTensors: number } } }> => ({
  name: "tfjs",
  tf: (await loadTfjsNode()) as TensorFlow & { memory(): { numTensors: number } },
});
