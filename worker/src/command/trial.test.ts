import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { systemClock } from "@allot/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeProgramFolder, type ProgramFolder } from "../testing/programs.ts";
import type { TrainEvent } from "../trainer.ts";

let folder: ProgramFolder;
beforeEach(async () => {
  folder = await makeProgramFolder();
});
afterEach(async () => folder.remove());

/** A shell's script that reports this, then does more. Its braces are no placeholders. */
const reporting = (value: string, after = "", before = "true"): readonly string[] => {
  const script = `${before}; echo '{"validation.loss": ${value}}' > "$ALLOT_MEASUREMENTS"; ${after}`;
  return ["sh", "-c", script.replaceAll(/[{}]/g, "$&$&")];
};
const all = async (events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> => {
  const seen: TrainEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
};
/** A process that has ended and waits to be reaped is not alive. */
const isAlive = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
};
/** Waits until a process is gone, but not for ever. */
const gone = async (pid: number): Promise<boolean> => {
  const { signal } = new AbortController();
  for (let tries = 0; tries < 100 && (await isAlive(pid)); tries++) await systemClock.sleep(20, { signal });
  return !(await isAlive(pid));
};
const pidIn = async (name: string): Promise<number> => Number(await readFile(path.join(folder.folder, name), "utf8"));

describe("what a program gets", () => {
  const telling = `
    const { env, argv, cwd } = process;
    const fs = require("node:fs");
    const told = { args: argv.slice(2), cwd: cwd(), parameters: JSON.parse(env.ALLOT_PARAMETERS), file: JSON.parse(fs.readFileSync(env.ALLOT_PARAMETERS_FILE)),
      seed: env.ALLOT_SEED, trial: env.ALLOT_TRIAL, replicate: env.ALLOT_REPLICATE, names: Object.keys(env).sort() };
    fs.writeFileSync("told-" + env.ALLOT_TRIAL + ".json", JSON.stringify(told));
    console.log("validation.loss=1");`;

  it("is its parameters in three ways, its seed, the manifest's folder, and no secret of the lane", async () => {
    await folder.write("tell.cjs", telling);
    const environment = {
      PATH: process.env["PATH"]!,
      HOME: "/me",
      AWS_SECRET_ACCESS_KEY: "s",
      ALLOT_NATS_PASSWORD: "p",
      ALLOT_STORE: "s3://a/b",
      ALLOT_DATA: "/data",
    };
    const args = [process.execPath, "tell.cjs", "--rate={rate}", "{layers}", "{{{name}}}", "{seed}/{replicate}", "$HOME; 'a b'"];
    const parameters = { rate: [0.5], layers: [[8, 8]], name: ["it's"] };
    const ended = (await all(folder.events({ args, parameters, environment, replicates: 2 }))).filter(({ kind }) => kind === "ended");
    expect(ended).toMatchObject([{ ending: { state: "Succeeded" } }, { ending: { state: "Succeeded" } }]);
    const [first, second] = await Promise.all([0, 1].map(async (trial) => JSON.parse(await readFile(path.join(folder.folder, `told-${trial}.json`), "utf8"))));
    expect(second.args).toEqual(["--rate=0.5", "[8,8]", "{it's}", `${second.seed}/1`, "$HOME; 'a b'"]);
    expect(second).toMatchObject({ parameters: { rate: 0.5, layers: [8, 8], name: "it's" }, file: second.parameters, trial: "1", replicate: "1" });
    expect(await readdir(second.cwd)).toContain("tell.cjs");
    expect([first.seed, second.seed]).toEqual(["685320618", "1801446350"]);
    const own = ["ALLOT_MEASUREMENTS", "ALLOT_PARAMETERS", "ALLOT_PARAMETERS_FILE", "ALLOT_REPLICATE", "ALLOT_SEED", "ALLOT_TRIAL"];
    expect(second.names).toEqual([...own, "ALLOT_DATA", "HOME", "PATH"].sort());
  });

  it("is a folder of its own for each trial, gone when it ends", async () => {
    await folder.ending({ args: reporting("1") });
    expect(await readdir(folder.folder)).toEqual([]);
  });
});

describe("what a program reports", () => {
  it("is shown while it runs, and its last values are the outcome's", async () => {
    await folder.write(
      "slow.py",
      `import json, os, time
with open(os.environ["ALLOT_MEASUREMENTS"], "w") as file:
    file.write(json.dumps({"step": 1, "validation.loss": 1, "gap": float("nan")}) + "\\n" + '{"step": 2, ')
    file.flush()
    while not os.path.exists("go"):
        time.sleep(0.01)
    file.write('"validation.loss": 0.5}\\n')
    file.write(json.dumps({"measured.seconds": 2.5, "test.loss": 0.25}))
`,
    );
    const seen: TrainEvent[] = [];
    for await (const event of folder.events({ args: ["python3", "slow.py"] })) {
      seen.push(event);
      // The program waits for this file: what it had said before came while it ran.
      if (seen.length === 1) await folder.write("go", "");
    }
    expect(seen.slice(0, 3)).toMatchObject([
      { step: 1, values: { "validation.loss": 1, gap: Number.NaN } },
      { step: 2, values: { "validation.loss": 0.5 } },
      { step: 2, values: { "measured.seconds": 2.5, "test.loss": 0.25 } },
    ]);
    const last = seen.at(-1);
    expect(last).toMatchObject({ kind: "ended", ending: { state: "Succeeded", metrics: { "validation.loss": 0.5, "test.loss": 0.25 } } });
    expect(last?.kind === "ended" && Object.keys(last.ending.measured).sort()).toEqual(["seconds", "train.seconds"]);
  });

  it("may be printed, where nothing is in the file", async () => {
    const print = "echo training; echo validation.loss=0.5; echo 'lr = 1e-3'; echo state=7; echo validation.loss = .25 >&2; echo 'validation.loss =  .125'";
    const events = await all(folder.events({ args: ["sh", "-c", print] }));
    expect(events).toMatchObject([
      { step: 0, values: { "validation.loss": 0.5 } },
      { step: 0, values: { lr: 0.001 } },
      { step: 1, values: { "validation.loss": 0.125 } },
      { kind: "ended", ending: { metrics: { "validation.loss": 0.125, lr: 0.001 } } },
    ]);
    const both = await folder.ending({ args: reporting("1", "echo validation.loss=2; echo other=3") });
    expect(both.metrics).toEqual({ "validation.loss": 1 });
  });

  it("is handed on line by line, for logs", async () => {
    const lines: [number, string][] = [];
    await folder.ending({
      args: reporting("1", "echo one; printf '50%%\\r100%%\\n'; printf last >&2"),
      onLine: (trial, line) => void lines.push([trial, line]),
    });
    expect(lines.map(([, line]) => line).sort()).toEqual(["100%", "50%", "last", "one"]);
    expect(lines.every(([trial]) => trial === 0)).toBe(true);
  });
});

describe("a program that fails", () => {
  it.each<[string, readonly string[], string, string]>([
    ["an exit code", reporting("1", "exit 3"), "userError", "exit code 3; it printed nothing"],
    ["a traceback", ["python3", "-c", "import nowhere"], "userError", "exit code 1; its last output:\nTraceback"],
    ["exit code 75, by which it asks for another time", reporting("1", "exit 75"), "infrastructure", "exit code 75"],
    ["a crash", reporting("1", "kill -SEGV $$"), "userError", "the program crashed (SIGSEGV)"],
    ["a kill", reporting("1", "kill -KILL $$"), "infrastructure", "killed from outside (SIGKILL, as happens when memory runs out)"],
    ["its child's kill", ["sh", "-c", "sh -c 'kill -KILL $$'; exit $?"], "infrastructure", "killed from outside (SIGKILL"],
    ["a program that isn't there", ["no-such-program"], "invalidConfig", "no-such-program can't be started: there is no such program"],
    ["a file without permission", ["./plain"], "invalidConfig", "./plain can't be started: it is not executable"],
    ["arguments beyond the system's limit", ["sh", "-c", ":", "x".repeat(200_000)], "invalidConfig", "too long"],
    ["silence", ["true"], "userError", 'the program ended well, but reported nothing: write lines such as {"validation.loss": 0.5}'],
    ["silence about the objective", ["echo", "train.loss=1"], "userError", "reported train.loss, but not the objective validation.loss"],
    ["an objective that is no number", reporting("NaN"), "diverged", "validation.loss is NaN"],
    ["an objective without bound", ["echo", "validation.loss=-inf"], "diverged", "validation.loss is -Infinity"],
    ["a report that isn't JSON", reporting('1}\\nloss 3\\n{"a": 1'), "userError", "line 2 of the file in ALLOT_MEASUREMENTS is not JSON"],
    ["a report of text", reporting('1, "note": "good"'), "userError", 'line 1 of the file in ALLOT_MEASUREMENTS is no report, note is "good", want a number'],
    ["a half step", reporting('1, "step": 0.5'), "userError", "has step 0.5, want a whole number"],
    ["a metric called like a column", reporting('1, "state": 3'), "userError", '"state" is a column of the results already'],
    ["a metric with spaces", reporting('1, "the loss": 3'), "userError", '"the loss" is not a metric\'s name'],
  ])("by %s", async (_, args, failure, message) => {
    await folder.write("plain", "no program");
    const ending = await folder.ending({ args });
    expect(ending).toMatchObject({ state: "Failed", failure, metrics: {} });
    expect(ending.message).toContain(message);
  });

  it("leaves the last 4 kB of what it printed, both streams in order, whole characters", async () => {
    const print = 'for i in $(seq 1 2000); do echo "ü$i"; done; echo out; sleep 0.1; echo err >&2; sleep 0.1; echo end; exit 1';
    const { message = "" } = await folder.ending({ args: ["sh", "-c", print] });
    const output = message.slice(message.indexOf("\n") + 1);
    expect(Buffer.byteLength(output)).toBeGreaterThan(4000);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(4096 + 3);
    expect(output).toMatch(/^…/);
    expect(output).not.toContain("\ufffd");
    expect(output).toMatch(/ü1999\nü2000\nout\nerr\nend$/);
  });

  it("after its timeout: asked to end first, then all of its group is made to", async () => {
    const script = "trap 'echo asked; sleep 60 & wait' TERM; (trap '' TERM; sleep 60 & echo $! > grandchild; wait) & echo $! > child; wait; wait";
    const ending = await folder.ending({ args: ["sh", "-c", script], timeout: "1s", graceMilliseconds: 300 });
    expect(ending).toMatchObject({ state: "Failed", failure: "timeout" });
    expect(ending.message).toBe("ended after trainer.command.timeout (1s); its last output:\nasked");
    expect(ending.measured["train.seconds"]).toBeGreaterThanOrEqual(1.3);
    for (const name of ["child", "grandchild"]) expect(await gone(await pidIn(name))).toBe(true);
  });
});

describe("an end from outside", () => {
  it("leaves nothing running when a program exits and its children don't", async () => {
    expect(await folder.ending({ args: reporting("1", "sleep 60 & echo $! > child") })).toMatchObject({ state: "Succeeded" });
    expect(await gone(await pidIn("child"))).toBe(true);
  });

  it("ends the whole group when the signal aborts, and says so by the signal's reason", async () => {
    const ending = new AbortController();
    const events = folder.events({ args: reporting("1", "wait", "sleep 60 & echo $! > child") }, { signal: ending.signal });
    expect(await events.next()).toMatchObject({ value: { kind: "measured", values: { "validation.loss": 1 } } });
    ending.abort(new Error("enough"));
    await expect(events.next()).rejects.toThrow("enough");
    expect(await gone(await pidIn("child"))).toBe(true);
    expect((await readdir(folder.folder)).filter((name) => name.startsWith("allot-trial-"))).toEqual([]);
  });

  it("ends the program when nobody reads its reports any more", async () => {
    const events = folder.events({ args: reporting("1", "sleep 60", "echo $$ > self") });
    await events.next();
    await events.return(undefined);
    expect(await gone(await pidIn("self"))).toBe(true);
  });
});
