import { closeSync, openSync, readSync } from "node:fs";

/** Section of an ELF file: where it is and how long. */
interface Section {
  readonly at: number;
  readonly size: number;
}

const read = (file: number, at: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  readSync(file, bytes, 0, size, at);
  return bytes;
};

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html */
const sectionOf = (file: number, name: string): Section | undefined => {
  const header = read(file, 0, 64);
  const [entry, count, names] = [header.readUInt16LE(58), header.readUInt16LE(60), header.readUInt16LE(62)];
  const table = read(file, Number(header.readBigUInt64LE(40)), entry * count);
  const section = (i: number): Section => ({ at: Number(table.readBigUInt64LE(i * entry + 24)), size: Number(table.readBigUInt64LE(i * entry + 32)) });
  const { at, size } = section(names);
  const strings = read(file, at, size);
  const index = Array.from({ length: count }, (_, i) => i).find((i) => {
    const start = table.readUInt32LE(i * entry);
    return strings.toString("latin1", start, strings.indexOf(0, start)) === name;
  });
  return index === undefined ? undefined : section(index);
};

const magic = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const machineCode = 2;

/**
 * Compute capabilities that a library holds compiled machine code for, as whole numbers (90 for 9.0), in order. Read from the
 * headers of its fat binaries: a header of 16 bytes, then entries of kind u16, -, header size u32, size u64, …, capability u32 at 28.
 */
export const architecturesOf = (library: string): number[] => {
  const file = openSync(library, "r");
  try {
    const section = sectionOf(file, ".nv_fatbin");
    if (!section) return [];
    const bytes = read(file, section.at, section.size);
    const found = new Set<number>();
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at)) {
      const start = at + bytes.readUInt16LE(at + 6);
      const end = start + Number(bytes.readBigUInt64LE(at + 8));
      for (let entry = start; entry < end; entry += bytes.readUInt32LE(entry + 4) + Number(bytes.readBigUInt64LE(entry + 8)))
        if (bytes.readUInt16LE(entry) === machineCode) found.add(bytes.readUInt32LE(entry + 28));
      at = end;
    }
    return [...found].toSorted((a, b) => a - b);
  } finally {
    closeSync(file);
  }
};
