import { z } from "zod";

/** One figure of a benchmark, beside a peer's where there is one. */
const rowShape = z.object({
  name: z.string(),
  figure: z.number(),
  unit: z.string(),
  /** The same done by something else in the same run. */
  peer: z.object({ name: z.string(), figure: z.number() }).nullable(),
  /** What the figure must be, in words, such as "at most 20". */
  goal: z.string(),
  holds: z.boolean(),
});
export type BenchRow = Readonly<z.infer<typeof rowShape>>;

/** What a file of `bench/` exports when it can be run by its name. */
export type Bench = () => Promise<readonly BenchRow[]>;

const benchShape = z.object({ bench: z.custom<Bench>((value) => typeof value === "function") });

/** The benchmark of a module; undefined for one that others are made of. */
export function benchOf(module: unknown): Bench | undefined {
  return benchShape.safeParse(module).data?.bench;
}

/** As it is kept: with the ratio of the figure to the peer's. */
export function toResult(row: BenchRow): BenchRow & { ratio: number | null } {
  return { ...rowShape.parse(row), ratio: row.peer === null ? null : rounded(row.figure / row.peer.figure) };
}

const heads = ["", "figure", "peer", "ratio", "goal", ""];

/** The rows as a table for a terminal: words to the left, numbers to the right. */
export function tableOf(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => {
    const { ratio } = toResult(row);
    const peer = row.peer === null ? "" : `${row.peer.name} ${rounded(row.peer.figure)} ${row.unit}`;
    const verdict = row.holds ? "holds" : "DOES NOT HOLD";
    return [row.name, `${rounded(row.figure)} ${row.unit}`, peer, ratio === null ? "" : `×${ratio}`, row.goal, verdict];
  });
  const widths = heads.map((head, column) =>
    Math.max(...[heads, ...cells].map((line) => line[column]?.length ?? head.length)),
  );
  const isNumber = (column: number) => column >= 1 && column <= 3;
  return [heads, ...cells]
    .map((line) =>
      line
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Three significant digits tell enough. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(3));
}
