/** A text to be put near its point, in pixels. */
interface Wanted {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where it went, relative to the point. */
export interface Placed {
  readonly text: string;
  readonly dx: number;
  readonly dy: number;
  readonly anchor: "start" | "end" | "middle";
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Room extends Box {
  readonly obstacles: readonly { readonly x: number; readonly y: number; readonly radius: number }[];
}

const LINE = 14;
const GAP = 10;
const OFFSETS: readonly { dx: number; dy: number; anchor: Placed["anchor"] }[] = [
  { dx: GAP, dy: 0, anchor: "start" },
  { dx: -GAP, dy: 0, anchor: "end" },
  { dx: 0, dy: -15, anchor: "middle" },
  { dx: 0, dy: 16, anchor: "middle" },
  { dx: GAP, dy: -12, anchor: "start" },
  { dx: GAP, dy: 12, anchor: "start" },
  { dx: -GAP, dy: -12, anchor: "end" },
  { dx: -GAP, dy: 12, anchor: "end" },
  ...[26, 40, 54].flatMap((dy) => [
    { dx: 16, dy, anchor: "start" as const },
    { dx: 16, dy: -dy, anchor: "start" as const },
    { dx: -16, dy, anchor: "end" as const },
    { dx: -16, dy: -dy, anchor: "end" as const },
  ]),
];

/** Gives each text, in order, the nearest of twenty positions where it covers no dot, no earlier text and no edge; the first one if there is none. */
export function placeLabels(wanted: readonly Wanted[], room: Room): Placed[] {
  const taken: Box[] = room.obstacles.map(({ x, y, radius }) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  return wanted.map((label) => {
    const free = OFFSETS.find((offset) => {
      const box = boxOf(label, offset);
      const inside = box.left >= room.left && box.right <= room.right && box.top >= room.top && box.bottom <= room.bottom;
      return inside && !taken.some((other) => overlaps(box, other));
    });
    const offset = free ?? OFFSETS[0]!;
    taken.push(boxOf(label, offset));
    return { text: label.text, ...offset };
  });
}

function boxOf({ x, y, width }: Wanted, { dx, dy, anchor }: { dx: number; dy: number; anchor: Placed["anchor"] }): Box {
  const shift = anchor === "start" ? 0 : anchor === "end" ? width : width / 2;
  const left = x + dx - shift;
  return { left, right: left + width, top: y + dy - LINE / 2, bottom: y + dy + LINE / 2 };
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
