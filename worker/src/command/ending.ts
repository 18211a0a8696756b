import type { FailureClass } from "@allot/ledger";
import type { Ending } from "../trainer.ts";
import type { ChildEnd } from "./child.ts";
import type { Reports } from "./reports.ts";

/** What is known of a program when it has ended by itself or by its timeout. */
export interface Ended {
  readonly end: Exclude<ChildEnd, { kind: "stopped" }>;
  readonly reports: Reports;
  /** The last of what it printed. */
  readonly output: string;
  /** The metric that the sweep is about. */
  readonly objective: string;
  readonly program: string;
  readonly timeout: string;
  readonly seconds: number;
}

interface Failure {
  readonly failure: FailureClass;
  readonly why: string;
}

/** How the trial of an ended program ends: with its last values, or with a class of failure and the last of its output. */
export const endingOf = (ended: Ended): Ending => {
  const { reports, output } = ended;
  const { metrics, measured } = reports.finals();
  const time = { "train.seconds": ended.seconds };
  const failure = processFailure(ended) ?? reportFailure(ended);
  if (!failure) return { state: "Succeeded", metrics, measured: { ...measured, ...time }, work: ended.seconds };
  const message = output === "" ? `${failure.why}; it printed nothing` : `${failure.why}; its last output:\n${output}`;
  return { state: "Failed", failure: failure.failure, message, metrics: {}, measured: time, work: ended.seconds };
};

/** Exit code by which a program says that something passing is in its way (EX_TEMPFAIL). */
const passing = 75;
/** A program that breaks by these has a fault of its own. */
const crashes: readonly NodeJS.Signals[] = ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"];
/** System words for a program that can't be started whatever is done here; any other may pass. */
const wrong: Readonly<Record<string, string>> = {
  ENOENT: "there is no such program, or no such working folder: is it installed (in the image), is args[0] spelt right?",
  EACCES: "it is not executable: give it the permission, or put its interpreter before it",
  E2BIG: "its arguments and parameters are too long: read long ones from a file",
  ERR_INVALID_ARG_VALUE: "an argument holds a zero byte",
};

/** By what a shell says that its own child was killed: 128 + SIGKILL. */
const killedChild = 137;

const killed = (by: NodeJS.Signals): Failure => {
  if (crashes.includes(by)) return { failure: "userError", why: `the program crashed (${by})` };
  return { failure: "infrastructure", why: `the program was killed from outside (${by}${by === "SIGKILL" ? ", as happens when memory runs out" : ""})` };
};

const processFailure = ({ end, program, timeout }: Ended): Failure | undefined => {
  if (end.kind === "exited") return exitFailure(end.code);
  if (end.kind === "killed") return killed(end.by);
  if (end.kind === "timeout") return { failure: "timeout", why: `ended after trainer.command.timeout (${timeout})` };
  const known = wrong[end.code];
  return { failure: known === undefined ? "infrastructure" : "invalidConfig", why: `${program} can't be started: ${known ?? end.code}` };
};

const exitFailure = (code: number): Failure | undefined => {
  if (code === 0) return undefined;
  if (code === killedChild) return killed("SIGKILL");
  return { failure: code === passing ? "infrastructure" : "userError", why: `exit code ${code}` };
};

const reportFailure = ({ reports, objective }: Ended): Failure | undefined => {
  if (reports.fault !== undefined) return { failure: "userError", why: reports.fault };
  const value = reports.last(objective);
  if (value === undefined) {
    const said = reports.metrics.length === 0 ? "reported nothing" : `reported ${reports.metrics.join(", ")}, but not the objective ${objective}`;
    return {
      failure: "userError",
      why: `the program ended well, but ${said}: write lines such as {"${objective}": 0.5} to the file in ALLOT_MEASUREMENTS, or print ${objective}=0.5`,
    };
  }
  return Number.isFinite(value) ? undefined : { failure: "diverged", why: `${objective} is ${value}` };
};
