import type { Document } from "yaml";
import { visit } from "yaml";

const yes = ["y", "yes", "on"];
const no = ["n", "no", "off"];
const digits: readonly { readonly form: RegExp; readonly base: number }[] = [
  { form: /^(?<sign>[-+]?)0[xX](?<digits>[0-9a-fA-F]+)$/, base: 16 },
  { form: /^(?<sign>[-+]?)0[bB](?<digits>[01]+)$/, base: 2 },
  { form: /^(?<sign>[-+]?)0[oO]?(?<digits>[0-7]+)$/, base: 8 },
];
const decimal = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/**
 * What kubectl takes an unquoted word for where YAML 1.2, which we read, may take another value: it follows
 * YAML 1.1, with `off` for false and `012` for ten. Undefined where it sees neither a number nor a boolean of its own.
 */
export function kubectlReading(word: string): number | boolean | undefined {
  const spelt = [word.toLowerCase(), word.toUpperCase(), `${word.charAt(0).toUpperCase()}${word.slice(1).toLowerCase()}`].includes(word);
  if (spelt && yes.includes(word.toLowerCase())) return true;
  if (spelt && no.includes(word.toLowerCase())) return false;
  return /^[-+.0-9]/.test(word) ? numberOf(word.replaceAll("_", "")) : undefined;
}

function numberOf(word: string): number | undefined {
  for (const { form, base } of digits) {
    const found = form.exec(word)?.groups;
    if (found) return Number.parseInt(`${found["sign"]}${found["digits"]}`, base);
  }
  return decimal.test(word) ? Number(word) : undefined;
}

/** Unquoted words, keys among them, that a laptop and kubectl read differently, each with its offset. */
export function readDifferently(document: Document.Parsed): { offset: number; value: unknown; message: string }[] {
  const found: { offset: number; value: unknown; message: string }[] = [];
  visit(document, {
    Scalar: (_key, { type, tag, source, value, range }) => {
      if (type !== "PLAIN" || tag !== undefined || source === undefined) return;
      const other = kubectlReading(source);
      if (other === undefined || other === value || (other === 0 && value === 0)) return;
      found.push({ offset: range?.[0] ?? 0, value, message: `kubectl reads a bare ${source} as ${String(other)}: ${mended(source, value)}` });
    },
  });
  return found;
}

function mended(source: string, value: unknown): string {
  return typeof value === "string" ? `write "${source}" if you mean the text` : `write ${String(value)}`;
}
