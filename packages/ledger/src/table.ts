import { createHash } from "node:crypto";
import type { DecodedArray, FileMetaData } from "hyparquet";
import { parquetMetadata, parquetRead } from "hyparquet";
import type { ColumnSource } from "hyparquet-writer";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { LedgerError } from "./errors.ts";

/** Raised when a reader of the last version would misread a file. */
const schemaVersion = 1;

/** A column to write. Trials and other integers may be beyond 32 bits; steps may not. */
export type Column = { readonly name: string } & (
  | { type: "integer" | "step" | "number" | "point"; values: number[] }
  /** `null` is no value, which is not NaN. */
  | { type: "optionalNumber"; values: (number | null)[] }
  | { type: "text"; values: string[] }
  | { type: "optionalText"; values: (string | null)[] }
  | { type: "bytes"; values: Uint8Array[] }
);

export type TableKind = "segment" | "measurements" | "checkpoint" | "identities";

const keys = { schema: "allot.schema", kind: "allot.kind", digest: "allot.sha256" } as const;

const bigintsOf = (values: readonly number[]): BigInt64Array => {
  const bigints = new BigInt64Array(values.length);
  let [previous, converted] = [0, 0n];
  // Neighbours are often equal, and conversion is what writing a column of points would mostly be.
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value !== previous) [previous, converted] = [value, BigInt(value)];
    bigints[i] = converted;
  }
  return bigints;
};

/**
 * The Parquet form of each type of column. Numbers are never put in a dictionary: the writer's takes -0 and 0 for one
 * value. Points are many, and their bytes compress when they are split.
 */
const forms: Record<Column["type"], Omit<ColumnSource, "name" | "data">> = {
  integer: { type: "INT64", nullable: false, encoding: "DELTA_BINARY_PACKED" },
  step: { type: "INT32", nullable: false, encoding: "DELTA_BINARY_PACKED" },
  number: { type: "DOUBLE", nullable: false, encoding: "PLAIN" },
  point: { type: "DOUBLE", nullable: false, encoding: "BYTE_STREAM_SPLIT" },
  optionalNumber: { type: "DOUBLE", nullable: true, encoding: "PLAIN" },
  text: { type: "STRING", nullable: false },
  optionalText: { type: "STRING", nullable: true },
  bytes: { type: "BYTE_ARRAY", nullable: false, encoding: "PLAIN" },
};

const sourceOf = (column: Column): ColumnSource => ({
  name: column.name,
  ...forms[column.type],
  data: column.type === "integer" ? bigintsOf(column.values) : column.values,
});

/** Stands where the digest will be, while the file is hashed. */
const unsigned = "0".repeat(64);

/**
 * The digest that a file carries is the sha256 of the file itself with 64 zeros in the digest's place, so that it
 * covers every byte. Metadata comes last in a Parquet file: the digest is the last text of its kind.
 * @returns undefined when `carried` is not in the file.
 */
const digestOf = (file: Uint8Array, carried: string): { digest: string; at: number } | undefined => {
  const at = Buffer.from(file.buffer, file.byteOffset, file.byteLength).lastIndexOf(carried);
  if (carried.length !== unsigned.length || at < 0) return undefined;
  const hash = createHash("sha256");
  hash
    .update(file.subarray(0, at))
    .update(unsigned)
    .update(file.subarray(at + unsigned.length));
  return { digest: hash.digest("hex"), at };
};

/**
 * A Parquet file of one table. The same content gives the same bytes.
 * @param o.schema the version the file claims; the present one unless told.
 */
export const writeTable = (o: { kind: TableKind; columns: readonly Column[]; metadata: Readonly<Record<string, string>>; schema?: number }): Uint8Array => {
  const columnData = o.columns.map(sourceOf);
  const schema = schemaFromColumnData({ columnData });
  const writer = new ByteWriter();
  const metadata = { ...o.metadata, [keys.schema]: String(o.schema ?? schemaVersion), [keys.kind]: o.kind, [keys.digest]: unsigned };
  const kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  // One row group and no statistics of it: no table here is long enough for a reader to skip a part.
  const file = new ParquetWriter({ writer, schema, kvMetadata, createdBy: "allot", statistics: false });
  // Into memory, so there is nothing to wait for.
  void file.write({ columnData, rowGroupSize: 10_000_000 });
  void file.finish();
  const bytes = writer.getBytes();
  const found = digestOf(bytes, unsigned);
  if (found) bytes.set(new TextEncoder().encode(found.digest), found.at);
  return bytes;
};

/** A table that was read, its digest checked. Every accessor throws `LedgerError` where the file has no such thing. */
export interface Table {
  readonly rows: number;
  /** A word of the metadata. */
  word(key: string): string;
  has(column: string): boolean;
  integers(name: string): number[];
  numbers(name: string): number[];
  optionalNumbers(name: string): (number | undefined)[];
  texts(name: string): string[];
  optionalTexts(name: string): (string | undefined)[];
  bytes(name: string): Uint8Array[];
}

/** The error for a file that is not what it should be, with what a person can do. */
export const damagedFile = (file: string, detail: string, cause?: unknown): LedgerError =>
  new LedgerError({ file, problem: "damaged", detail: `${detail}; delete the file and run the sweep again to make it anew`, cause });

/** Opens the footer and checks version, kind and digest. */
const openTable = (file: string, bytes: Uint8Array, kind: TableKind): { footer: FileMetaData; metadata: Map<string, string>; buffer: ArrayBuffer } => {
  // Readers want a buffer that begins where the file does.
  const buffer = bytes.slice().buffer;
  let footer: FileMetaData;
  let metadata: Map<string, string>;
  try {
    footer = parquetMetadata(buffer);
    metadata = new Map((footer.key_value_metadata ?? []).map(({ key, value }) => [key, String(value)]));
  } catch (error) {
    throw damagedFile(file, "is not a whole Parquet file", error);
  }
  const version = Number(metadata.get(keys.schema));
  if (version > schemaVersion) {
    throw new LedgerError({ file, problem: "newer", detail: `has schema ${version}, and this version of Allot reads up to ${schemaVersion}; update Allot` });
  }
  if (version !== schemaVersion) throw damagedFile(file, "was not written by Allot");
  if (metadata.get(keys.kind) !== kind) throw damagedFile(file, `holds "${metadata.get(keys.kind)}", not "${kind}"`);
  const carried = metadata.get(keys.digest) ?? "";
  if (digestOf(bytes, carried)?.digest !== carried) throw damagedFile(file, "does not match its own sha256");
  return { footer, metadata, buffer };
};

/**
 * Reads a table and checks that it is whole.
 * @param o.columns the columns to decode; all unless told.
 * @throws LedgerError naming `o.file`.
 */
export const readTable = async (bytes: Uint8Array, o: { file: string; kind: TableKind; columns?: string[] }): Promise<Table> => {
  const { footer, metadata, buffer } = openTable(o.file, bytes, o.kind);
  const decoded = new Map<string, DecodedArray[]>();
  try {
    await parquetRead({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      metadata: footer,
      utf8: false,
      ...(o.columns && { columns: o.columns }),
      onChunk: ({ columnName, columnData }) => decoded.set(columnName, [...(decoded.get(columnName) ?? []), columnData]),
    });
  } catch (error) {
    throw damagedFile(o.file, "can't be decoded", error);
  }
  return new DecodedTable({ file: o.file, rows: Number(footer.num_rows), metadata, columns: decoded });
};

class DecodedTable implements Table {
  readonly rows: number;
  readonly #file: string;
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #columns: ReadonlyMap<string, readonly DecodedArray[]>;

  constructor(o: { file: string; rows: number; metadata: ReadonlyMap<string, string>; columns: ReadonlyMap<string, readonly DecodedArray[]> }) {
    this.rows = o.rows;
    this.#file = o.file;
    this.#metadata = o.metadata;
    this.#columns = o.columns;
  }

  word(key: string): string {
    return this.#metadata.get(key) ?? this.#missing(`"${key}" in its metadata`);
  }

  has(column: string): boolean {
    return this.#columns.has(column);
  }

  integers(name: string): number[] {
    return this.#values(name, Number);
  }

  numbers(name: string): number[] {
    return this.#values(name, (value) => (typeof value === "number" ? value : this.#missing(`number in a row of column "${name}"`)));
  }

  optionalNumbers(name: string): (number | undefined)[] {
    return this.#values(name, (value) => (typeof value === "number" ? value : undefined));
  }

  texts(name: string): string[] {
    return this.#values(name, (value) => (typeof value === "string" ? value : this.#missing(`text in a row of column "${name}"`)));
  }

  optionalTexts(name: string): (string | undefined)[] {
    return this.#values(name, (value) => (typeof value === "string" ? value : undefined));
  }

  bytes(name: string): Uint8Array[] {
    return this.#values(name, (value) => (value instanceof Uint8Array ? value : this.#missing(`bytes in a row of column "${name}"`)));
  }

  #values<Out>(name: string, convert: (value: unknown) => Out): Out[] {
    const values: Out[] = [];
    // A table without rows has no chunks of any column.
    const chunks = this.#columns.get(name) ?? (this.rows === 0 ? [] : this.#missing(`column "${name}"`));
    for (const chunk of chunks) for (let i = 0; i < chunk.length; i++) values.push(convert(chunk[i]));
    return values;
  }

  #missing(what: string): never {
    throw damagedFile(this.#file, `has no ${what}`);
  }
}
