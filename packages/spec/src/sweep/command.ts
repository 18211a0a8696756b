import { z } from "zod";
import { Duration } from "./duration.ts";

const source = z.string().regex(/^[^/]/).describe("a file or folder, relative to the manifest's folder");

/** Any program: one process a trial, which gets its parameters and reports metrics (manifests/examples/README.md). */
export const Command = z.strictObject({
  /** What a lane's pod runs; not used on a laptop. */
  image: z.string().min(1).optional(),
  /** The program and its arguments, no shell between; `{name}` stands for a parameter's value, `{seed}` and `{replicate}` too. */
  args: z.array(z.string()).min(1),
  /** Names the program's state: trials of the same version are taken over and not run again. */
  version: z.string().min(1).optional(),
  /** Files and folders that make the program; on a laptop their contents say whether it is the same. */
  sources: z.array(source).min(1).optional(),
  /** A trial that runs for longer is ended and has failed. */
  timeout: Duration.default("1d"),
});
export type Command = z.infer<typeof Command>;
