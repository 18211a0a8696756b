import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { dyingWithParent } from "./parent.ts";

/** What a command gets besides its arguments. */
export interface RunOptions {
  /** Written to its standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end.
 * @returns its standard output.
 * @throws Error with its standard error when it exits other than 0.
 */
export const run = async (command: string, args: readonly string[], { input = "", env }: RunOptions = {}): Promise<string> => {
  const [wrapper, ...wrapped] = dyingWithParent(command, args);
  const child = spawn(wrapper, wrapped, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  // A command that ends before it has read its input says why by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [output, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${code === null ? `ended by ${signal}` : `exit ${code}`}: ${errors.trim()}`);
  return output;
};
