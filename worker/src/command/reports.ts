import { isReservedMetric } from "@allot/ledger";
import { metricNameFault } from "@allot/spec";

/** What a program said at one step. */
export interface Report {
  readonly step: number;
  readonly values: Record<string, number>;
}

/** A value that a program printed: `validation.accuracy=0.9`. */
export interface Printed {
  readonly name: string;
  readonly value: number;
}

/** What a trial's values are in the end: the last of each metric. */
export interface Finals {
  readonly metrics: Record<string, number>;
  readonly measured: Record<string, number>;
}

/** Metrics that differ between runs of the same trial (time, memory) are reported under this prefix. */
const measuredPrefix = "measured.";
const largestStep = 2 ** 31 - 1;
const words: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY };
const printedForm = /^\s*(?<name>[A-Za-z][\w.]*)\s*=\s*(?<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|[-+]?inf(?:inity)?)\s*$/i;

/** Collects the reports of one trial, from either of the two ways a program has to make them. */
export class Reports {
  readonly #last = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #lines = 0;
  /** The first line that is no report, and why. */
  fault: string | undefined;

  get metrics(): string[] {
    return [...this.#last.keys()];
  }

  /** Reads a line of the measurements file: `{"step": 3, "train.loss": 0.1}`. Without `step` reports are numbered from 0. */
  add(line: string): Report | undefined {
    if (line.trim() === "") return undefined;
    const report = parseReport(line, this.#lines++);
    if (typeof report === "string") {
      this.fault ??= `line ${this.#lines} of the file in ALLOT_MEASUREMENTS ${report}: ${line.slice(0, 200)}`;
      return undefined;
    }
    return this.#keep(report);
  }

  /** Takes a printed value; each metric's are numbered from 0. */
  addPrinted({ name, value }: Printed): Report {
    const step = this.#counts.get(name) ?? 0;
    this.#counts.set(name, step + 1);
    return this.#keep({ step, values: { [name]: value } });
  }

  /** Values that are no finite number are left out. */
  finals(): Finals {
    const finals: Finals = { metrics: {}, measured: {} };
    for (const [name, value] of this.#last) {
      if (!Number.isFinite(value)) continue;
      if (name.startsWith(measuredPrefix)) finals.measured[name.slice(measuredPrefix.length)] = value;
      else finals.metrics[name] = value;
    }
    return finals;
  }

  /** The last value of a metric, finite or not. */
  last(metric: string): number | undefined {
    return this.#last.get(metric);
  }

  #keep(report: Report): Report {
    for (const [name, value] of Object.entries(report.values)) this.#last.set(name, value);
    return report;
  }
}

const nameFault = (name: string): string | undefined => {
  const own = name.startsWith(measuredPrefix) ? name.slice(measuredPrefix.length) : name;
  if (own === name && isReservedMetric(name)) return `"${name}" is a column of the results already: give the metric another name`;
  return metricNameFault(own);
};

/** The value a line of the standard output holds; undefined for any other line, which is not meant for us. */
export const printedValue = (line: string): Printed | undefined => {
  const { name, value } = printedForm.exec(line)?.groups ?? {};
  return name === undefined || value === undefined || nameFault(name) !== undefined ? undefined : { name, value: printedNumber(value) };
};

const printedNumber = (text: string): number => {
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
};

/** The report of a line, or what is wrong with it. */
const parseReport = (line: string, count: number): Report | string => {
  let parsed: unknown;
  try {
    // Python and others write these three bare, which is no JSON.
    parsed = JSON.parse(line.replace(/(?<=:\s*)-?(?:NaN|Infinity)(?=\s*[,}])/g, '"$&"'));
  } catch {
    return 'is not JSON, want {"step": 1, "validation.loss": 0.5}';
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return 'is no mapping, want {"step": 1, "validation.loss": 0.5}';
  const { step = count, ...rest }: { step?: unknown } = parsed;
  if (typeof step !== "number" || !Number.isInteger(step) || step < 0 || step > largestStep)
    return `has step ${JSON.stringify(step)}, want a whole number from 0 to ${largestStep}`;
  return valuesOf(rest, step);
};

const valuesOf = (rest: Readonly<Record<string, unknown>>, step: number): Report | string => {
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(rest)) {
    const number = typeof value === "string" ? words[value] : value;
    const fault = nameFault(name) ?? (typeof number === "number" ? undefined : `${name} is ${JSON.stringify(value)}, want a number`);
    if (fault !== undefined) return `is no report, ${fault}`;
    values[name] = Number(number);
  }
  return { step, values };
};
