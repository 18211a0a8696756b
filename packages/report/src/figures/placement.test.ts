import { expect, test } from "vitest";
import { placeLabels } from "./placement.ts";

const room = { left: 0, right: 400, top: 0, bottom: 200 };

test("a label goes right of its dot where nothing is in the way, left of it at the edge", () => {
  const wanted = [
    { text: "a", x: 100, y: 100, width: 40 },
    { text: "b", x: 390, y: 100, width: 40 },
  ];
  const placed = placeLabels(wanted, { ...room, obstacles: wanted.map(({ x, y }) => ({ x, y, radius: 6 })) });
  expect(placed.map(({ anchor }) => anchor)).toEqual(["start", "end"]);
});

test("labels of neighbouring dots don't cover each other or a dot", () => {
  const wanted = [0, 1, 2, 3].map((i) => ({ text: `arm ${i}`, x: 200 + 8 * i, y: 100 + 3 * i, width: 60 }));
  const placed = placeLabels(wanted, { ...room, obstacles: wanted.map(({ x, y }) => ({ x, y, radius: 5 })) });
  const boxes = placed.map(({ dx, dy, anchor }, i) => {
    const left = wanted[i]!.x + dx - { start: 0, middle: 30, end: 60 }[anchor];
    return { left, right: left + 60, top: wanted[i]!.y + dy - 7, bottom: wanted[i]!.y + dy + 7 };
  });
  const covers = boxes.flatMap((a, i) => [
    ...boxes.slice(i + 1).map((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom),
    ...wanted.map(({ x, y }) => a.left < x && x < a.right && a.top < y && y < a.bottom),
  ]);
  expect(covers).not.toContain(true);
});

test("with no room at all the label is still written", () => {
  expect(placeLabels([{ text: "a", x: 5, y: 5, width: 40 }], { left: 0, right: 10, top: 0, bottom: 10, obstacles: [] })).toHaveLength(1);
});
