/** What a lane's log says of one trial. */
export interface TrialLine {
  readonly time: string;
  readonly lane: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Messages with which a lane ends a trial. */
const ends = ["Succeeded", "Pruned", "Failed"];

export const isEnd = ({ message }: TrialLine): boolean => ends.includes(message);

/** The line if it is of that trial. Lanes log an object a line; what else stands in a log is none of a trial's. */
export const trialLine = (line: string, trial: number, pod: string): TrialLine | undefined => {
  // Most lines of a lane are of other trials, and need no parsing.
  if (!line.includes(`"trial":${trial}`)) return undefined;
  const fields = parsed(line);
  if (fields?.["trial"] !== trial) return undefined;
  const { time, lane, message, level: _level, sweep: _sweep, trial: _trial, ...more } = fields;
  return { time: text(time), lane: text(lane) || pod, message: text(message), fields: more };
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const parsed = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** For people. */
export const lineText = ({ time, lane, message, fields }: TrialLine): string => {
  const more = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return `${time} ${lane} ${message}${more.join("")}`;
};
