type Point = Readonly<{ x: number; y: number }>;

/** A smooth line through the bends of an edge, level at each of them, as the `d` of an SVG path. */
export function curveThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined || rest.length === 0) {
    return "";
  }
  const steps = rest.map((to, at) => {
    const from = points[at] ?? first;
    const middle = Math.round((from.x + to.x) / 2);
    return `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
  });
  return [`M${first.x} ${first.y}`, ...steps].join("");
}
