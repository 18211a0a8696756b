/** The other end of `converse` for a peer in TypeScript; `serve.py` is the same in Python. */
import { createInterface } from "node:readline";

/** A workload that was loaded: all its trials, ready to train. */
export interface Loaded {
  /** Trials that one call of `advance` takes a step. */
  readonly width: number;
  /** Takes the next trials, in turns, a step. */
  readonly advance: () => void;
  /** Every trial's loss in its last step. */
  readonly losses: () => number[];
  /** How far each parameter is from its start, as the Euclidean norm over all trials. */
  readonly moved: () => Record<string, number>;
  readonly close: () => void;
}

export interface PeerProgram {
  /** Name and version, for the table. */
  readonly name: string;
  readonly load: (request: { folder: string; workload: string; trials: number }) => Promise<Loaded>;
}

/** CPU seconds of this process, which other work on the machine does not count in. */
function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** CPU seconds of so many calls. */
function timed(calls: number, { advance }: Loaded): number {
  const start = seconds();
  for (let call = 0; call < calls; call++) advance();
  return seconds() - start;
}

/** Calls that take at least `slice` seconds. */
function callsOf(slice: number, loaded: Loaded): number {
  let calls = 1;
  for (let took = timed(calls, loaded); took < slice; took = timed(calls, loaded)) {
    calls = Math.min(8 * calls, Math.max(calls + 1, Math.ceil((1.1 * calls * slice) / Math.max(took, 1e-6))));
  }
  return calls;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Answers `load`, `train`, `measure` and `unload` until the other side ends. */
export async function serve({ name, load }: PeerProgram): Promise<void> {
  let loaded: (Loaded & { trials: number; calls?: number }) | undefined;
  const answer = async (request: Record<string, unknown>): Promise<object> => {
    if (request["do"] === "load") {
      const asked = { folder: String(request["folder"]), workload: String(request["workload"]), trials: Number(request["trials"]) };
      loaded = { ...(await load(asked)), trials: asked.trials };
      return {};
    }
    if (loaded === undefined) throw new Error("nothing is loaded");
    if (request["do"] === "train") {
      const calls = (Number(request["steps"]) * loaded.trials) / loaded.width;
      for (let call = 0; call < calls; call++) loaded.advance();
      return { losses: loaded.losses(), moved: loaded.moved() };
    }
    if (request["do"] === "measure") {
      loaded.calls ??= callsOf(Number(request["slice"]), loaded);
      let best = 0;
      let spent = 0;
      do {
        const took = timed(loaded.calls, loaded);
        best = Math.max(best, (loaded.calls * loaded.width) / took);
        spent += took;
      } while (spent < Number(request["seconds"]));
      return { rate: best };
    }
    const losses = loaded.losses();
    loaded.close();
    loaded = undefined;
    return { finite: losses.every(Number.isFinite) };
  };
  say({ name });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(JSON.parse(line)));
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}
