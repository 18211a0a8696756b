import type { Expansion } from "@allot/expansion";
import type { EndState, Outcome } from "@allot/ledger";
import { CliError, exitCodes } from "../exit.ts";

/** An outcome with the name of its arm. */
export interface Row extends Omit<Outcome, "arm"> {
  readonly arm: string;
}

export const rowOf = ({ arm, ...outcome }: Outcome, expansion: Expansion): Row => ({ ...outcome, arm: expansion.armAt(arm).name });

/**
 * Which rows are wanted. A condition is `arm=…`, `stage=…`, `replicate=…` or `<parameter>=<label>`; all of them hold.
 * @throws CliError naming what can be asked for
 */
export const rowFilter = (conditions: readonly string[], state: EndState | undefined, expansion: Expansion): ((row: Row) => boolean) => {
  const parameters = expansion.parameters.map(({ name }) => name);
  const staged = expansion.stages.length > 0;
  const tests = conditions.map((condition) => {
    const at = condition.indexOf("=");
    const [name, value] = [condition.slice(0, at), condition.slice(at + 1)];
    if (at > 0 && parameters.includes(name)) return (row: Row): boolean => String(row.labels[name]) === value;
    if (name === "arm") return (row: Row): boolean => row.arm === value;
    if (staged && name === "stage") return (row: Row): boolean => row.stage === value;
    if (name === "replicate") return (row: Row): boolean => String(row.replicate) === value;
    const names = ["arm", ...(staged ? ["stage"] : []), "replicate", ...parameters].join(", ");
    throw new CliError(exitCodes.usage, `--where ${condition}: want <name>=<value> where the name is one of: ${names}`);
  });
  return (row) => (state === undefined || row.state === state) && tests.every((test) => test(row));
};

/** JSON has no NaN and no infinity; `null` would say that there is no value. */
const plain = (_key: string, value: unknown): unknown => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);

/** A row as a line of JSON. */
export const jsonLine = (row: Row): string => `${JSON.stringify(row, plain)}\n`;

type Cell = string | number | boolean | undefined;

const quoted = (value: Cell): string => {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Columns that are neither a parameter's nor a metric's; a segment's names, with the arm by its name. */
const fixed = ["trial", "stage", "arm", "replicate", "state", "failure", "message", "engine", "identity", "reused"] as const;

/** How rows become lines of CSV. A parameter's column is `label.<name>`, as a metric may have the same name. */
export interface CsvColumns {
  /** Whether the sweep has stages, which then are a column. */
  readonly staged: boolean;
  readonly parameters: readonly string[];
  readonly metrics: readonly string[];
  readonly measured: readonly string[];
}

const csvLine = (cells: readonly Cell[]): string => `${cells.map(quoted).join(",")}\r\n`;

const fixedOf = ({ staged }: CsvColumns): (typeof fixed)[number][] => fixed.filter((name) => staged || name !== "stage");

export const csvHead = (columns: CsvColumns): string => {
  const { parameters, metrics, measured } = columns;
  return csvLine([...fixedOf(columns), ...parameters.map((name) => `label.${name}`), ...metrics, ...measured.map((name) => `measured.${name}`)]);
};

export const csvRow = (row: Row, columns: CsvColumns): string =>
  csvLine([
    ...fixedOf(columns).map((name) => row[name]),
    ...columns.parameters.map((name) => row.labels[name]),
    ...columns.metrics.map((name) => row.metrics[name]),
    ...columns.measured.map((name) => row.measured[name]),
  ]);
