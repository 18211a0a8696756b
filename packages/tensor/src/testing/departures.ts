type Numbers = Readonly<Record<string, readonly number[]>>;

/** For tests: where `got` departs from `want` by more than tolerance · (1 + |want|), or has other lengths. */
export function departures(got: Numbers, want: Numbers, tolerance: number): string[] {
  return Object.entries(want).flatMap(([name, values]) => {
    const own = got[name] ?? [];
    if (own.length !== values.length) return [`${name}: ${own.length} numbers against ${values.length}`];
    // The negation, so that what is no number departs.
    const far = values.flatMap((value, i) => (Math.abs(own[i]! - value) <= tolerance * (1 + Math.abs(value)) ? [] : [i]));
    return far.map((i) => `${name} ${i}: ${own[i]} against ${values[i]}`);
  });
}
