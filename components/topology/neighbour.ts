type Spot = Readonly<{ id: string; x: number; y: number }>;

export const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] as const;
export type Arrow = (typeof ARROWS)[number];

/** How far along the arrow's direction a step is, and how far off it. */
const STEPS: Readonly<Record<Arrow, (dx: number, dy: number) => { along: number; off: number }>> = {
  ArrowLeft: (dx, dy) => ({ along: -dx, off: Math.abs(dy) }),
  ArrowRight: (dx, dy) => ({ along: dx, off: Math.abs(dy) }),
  ArrowUp: (dx, dy) => ({ along: -dy, off: Math.abs(dx) }),
  ArrowDown: (dx, dy) => ({ along: dy, off: Math.abs(dx) }),
};

/** The node that an arrow key leads to: the nearest in that direction, straight ones before slanting ones; undefined at the edge. */
export function neighbourOf(spots: readonly Spot[], id: string, arrow: Arrow): string | undefined {
  const from = spots.find((spot) => spot.id === id);
  if (from === undefined) {
    return undefined;
  }
  const [nearest] = spots
    .map((spot) => ({ spot, ...STEPS[arrow](spot.x - from.x, spot.y - from.y) }))
    .filter(({ along }) => along > 0)
    .sort((a, b) => a.along + 2 * a.off - (b.along + 2 * b.off));
  return nearest?.spot.id;
}
