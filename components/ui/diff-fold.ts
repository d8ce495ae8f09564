/** One line of a unified diff, without its sign. */
export type DiffLine = Readonly<{ kind: "add" | "remove" | "same"; text: string }>;

/** A line and its place in the whole diff, counted from 0. */
export type PlacedLine = DiffLine & Readonly<{ at: number }>;

/** What is drawn: a run of lines as they are, or a run of unchanged ones folded away. */
export type DiffPart = Readonly<{ folded: boolean; lines: readonly PlacedLine[] }>;

type Run = Readonly<{ same: boolean; lines: readonly PlacedLine[] }>;

function runsOf(lines: readonly DiffLine[]): readonly Run[] {
  const runs: { same: boolean; lines: PlacedLine[] }[] = [];
  for (const [at, line] of lines.entries()) {
    const same = line.kind === "same";
    const last = runs.at(-1);
    if (last !== undefined && last.same === same) {
      last.lines.push({ ...line, at });
    } else {
      runs.push({ same, lines: [{ ...line, at }] });
    }
  }
  return runs;
}

function partsOfSame(run: Run, before: number, after: number): readonly DiffPart[] {
  const hidden = run.lines.length - before - after;
  // Folding one line would take the room of the line itself.
  if (hidden < 2) {
    return [{ folded: false, lines: run.lines }];
  }
  const parts: DiffPart[] = [
    { folded: false, lines: run.lines.slice(0, before) },
    { folded: true, lines: run.lines.slice(before, before + hidden) },
    { folded: false, lines: run.lines.slice(before + hidden) },
  ];
  return parts.filter((part) => part.lines.length > 0);
}

/** Folds unchanged lines further than `context` lines from a change. Every line of the input is in exactly one part, in order. */
export function foldDiff(lines: readonly DiffLine[], context: number): readonly DiffPart[] {
  const runs = runsOf(lines);
  return runs.flatMap((run, index) => {
    if (!run.same) {
      return [{ folded: false, lines: run.lines }];
    }
    const before = index === 0 ? 0 : context;
    const after = index === runs.length - 1 ? 0 : context;
    return partsOfSame(run, before, after);
  });
}

/** How many lines come and go. */
export function countChanges(lines: readonly DiffLine[]): Readonly<{ added: number; removed: number }> {
  return {
    added: lines.filter((line) => line.kind === "add").length,
    removed: lines.filter((line) => line.kind === "remove").length,
  };
}
