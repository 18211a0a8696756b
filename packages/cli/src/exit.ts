/** Exit codes of every command; `--help` shows this table. */
export const exitCodes = {
  ok: 0,
  /** `results diff` found a difference, or more trials failed than `budget.failedTrials` allows, here or in a cluster. */
  difference: 1,
  /** The manifest or the command line is wrong. */
  usage: 2,
  /** A data file is absent or damaged, or could not be fetched. */
  data: 3,
  /** The run could not go on: lanes die at start, the store can't be written, or every trial fails the same way. */
  failed: 4,
  /** The cluster can't be reached, has no Allot installed, or refuses. */
  cluster: 5,
  /** A claim of the manifest does not hold; else all is done. */
  claimFailed: 6,
  /** No claim failed, and one is undecided: too few replicates, or values are missing. */
  claimUndecided: 7,
  /** Paused by Ctrl-C or SIGTERM, or nobody reads a run's output any more; the same command goes on. */
  paused: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `
Exit codes:
  0    done
  1    results differ (results diff), or more trials failed than budget.failedTrials allows (run, watch, apply --wait)
  2    the manifest or the command line is wrong, or names a sweep that is not there;
       the sweep still runs (prune)
  3    a data file is absent, damaged or could not be fetched
  4    the run could not go on; nothing sealed is lost, the same command goes on (run);
       the sweep suspended itself or was deleted (watch, apply --wait); the store fails (report, results, logs, prune)
  5    the cluster can't be reached, refuses, or has no Allot installed
  6    done, and a claim of the manifest does not hold (run, report)
  7    done, and a claim is undecided: more replicates may decide it, or values are missing (run, report)
  130  paused (Ctrl-C, SIGTERM, output closed); the same command goes on. What runs in a cluster goes on by itself
`;

/** Something a person can put right: shown as its message alone, without a stack trace. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
