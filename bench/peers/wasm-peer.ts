/** This project's engine as one peer among the others; it also writes what the others start from. */
import { homedir } from "node:os";
import { createSession } from "@allot/tensor";
import { openWasm } from "../../worker/src/native.ts";
import { workloads } from "../workloads/workloads.ts";
import { writeHandover } from "./handover.ts";
import { serve } from "./serve.ts";

const { engine, products } = openWasm(process.env, homedir());

await serve({
  name: `wasm (Node ${process.version}, products ${products})`,
  load: async ({ folder, workload: name, trials }) => {
    const workload = workloads.find((one) => one.name === name);
    if (workload === undefined) throw new Error(`there is no workload ${name}; there are ${workloads.map((one) => one.name).join(", ")}`);
    const session = createSession({ engine, programs: { train: workload.program }, trials, streams: workload.streams });
    for (let trial = 0; trial < trials; trial++) workload.fill(session, trial);
    await writeHandover(folder, { workload, session });
    const each = Array.from({ length: trials }, (_, trial) => trial);
    const names = workload.program.effects.map(({ states }) => nameOf(workload.program.nodes[states[0]!]!.operation));
    const starts = new Map(names.map((parameter) => [parameter, each.map((trial) => session.view(parameter, trial).slice())]));
    let taken = 0;
    return {
      width: 1,
      advance: () => {
        session.run("train", taken % trials, workload.at(Math.floor(taken / trials)));
        taken++;
      },
      losses: () => each.map((trial) => session.view("train/loss", trial)[0]!),
      moved: () => Object.fromEntries([...starts].map(([parameter, before]) => [parameter, distance(before, (trial) => session.view(parameter, trial))])),
      close: () => session.close(),
    };
  },
});

function nameOf(operation: { readonly op: string; readonly name?: string }): string {
  if (operation.name === undefined) throw new Error(`${operation.op} is no slot`);
  return operation.name;
}

function distance(before: readonly ArrayLike<number>[], now: (trial: number) => ArrayLike<number>): number {
  let sum = 0;
  for (const [trial, start] of before.entries()) {
    const present = now(trial);
    for (let i = 0; i < start.length; i++) sum += (present[i]! - start[i]!) ** 2;
  }
  return Math.sqrt(sum);
}
