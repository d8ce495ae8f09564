import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

type SkeletonProps = Readonly<{
  /** A CSS width of about what will stand here. */
  width?: string | undefined;
  /** The line height it keeps: 20, 23 or 28 px. */
  line?: "body" | "lead" | "title" | undefined;
}>;

const heights = { body: "h-5", lead: "h-[23px]", title: "h-7" } as const;

/** Keeps the room of one line of text until the text is there. */
export function Skeleton({ width = "100%", line = "body" }: SkeletonProps): ReactNode {
  return (
    <span aria-hidden="true" className={classNames("flex max-w-full items-center", heights[line])} style={{ width }}>
      <span className="h-2.5 w-full rounded-full bg-line" />
    </span>
  );
}

type SkeletonPanelProps = Readonly<{
  rows: number /** Two lines to a row, as in `Row`. */;
  tall?: boolean | undefined;
}>;

const widths = ["62%", "48%", "71%", "55%"];

/** Keeps the room of a panel of rows, so that nothing jumps when they arrive. */
export function SkeletonPanel({ rows, tall }: SkeletonPanelProps): ReactNode {
  return (
    <div
      role="status"
      aria-label="Reading"
      className="divide-y divide-line rounded-panel border border-line bg-surface"
    >
      <div className="flex h-10 items-center px-3.5">
        <Skeleton width="120px" />
      </div>
      {Array.from({ length: rows }, (_, row) => ({ id: `row ${row}`, width: widths[row % widths.length] })).map(
        ({ id, width }) => (
          <div key={id} className={classNames("flex items-center px-3.5", tall ? "h-14" : "h-[37px]")}>
            <Skeleton width={width} />
          </div>
        ),
      )}
    </div>
  );
}
