import type { ReactNode } from "react";
import { sayAmount } from "#lib/quotas/model.ts";
import type { QuotaDetail } from "#lib/quotas/queries.ts";

type QuotaHistoryProps = Readonly<{ history: QuotaDetail["history"]; resource: string }>;

const WIDTH = 300;
const HEIGHT = 56;

/** What was requested over time, below what was allowed. */
export function QuotaHistory({ history, resource }: QuotaHistoryProps): ReactNode {
  const [first] = history;
  const last = history.at(-1);
  if (first === undefined || last === undefined || first === last) {
    return null;
  }
  const most = Math.max(...history.map(({ requested, hard }) => Math.max(requested, hard)));
  const x = (at: number) => ((at - first.at) / (last.at - first.at)) * WIDTH;
  const y = (value: number) => HEIGHT - 1 - (most === 0 ? 0 : (value / most) * (HEIGHT - 4));
  const line = (pick: (sample: (typeof history)[number]) => number) =>
    history.map((sample) => `${x(sample.at).toFixed(1)},${y(pick(sample)).toFixed(1)}`).join(" ");
  return (
    <svg
      role="img"
      aria-label={`Requested went from ${sayAmount(resource, first.requested)} to ${sayAmount(resource, last.requested)}, of ${sayAmount(resource, last.hard)} allowed.`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-14 w-full"
    >
      <polyline
        points={line(({ hard }) => hard)}
        fill="none"
        className="stroke-line-strong"
        strokeDasharray="4 3"
        vectorEffect="non-scaling-stroke"
      />
      <polyline
        points={line(({ requested }) => requested)}
        fill="none"
        className="stroke-accent"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
