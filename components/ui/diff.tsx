import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { countChanges, type DiffLine, type DiffPart, foldDiff } from "./diff-fold.ts";
import { Elided } from "./elided.tsx";
import { Panel } from "./panel.tsx";

const contextLines = 3;

type DiffProps = Readonly<{
  /** The file or object that changes; it is the title unless there is a better one. */
  path: string;
  title?: ReactNode;
  lines: readonly DiffLine[];
}>;

/** What changes in one file or object, as removed, added and unchanged lines; long unchanged stretches are folded and say so. */
export function Diff({ path, title, lines }: DiffProps): ReactNode {
  const { added, removed } = countChanges(lines);
  const parts = foldDiff(lines, contextLines);
  const folded = parts.filter((part) => part.folded).reduce((sum, part) => sum + part.lines.length, 0);
  return (
    <Panel
      rank={3}
      title={title ?? <span className="break-all font-mono text-small">{path}</span>}
      hint={title === undefined ? undefined : <span className="break-all font-mono">{path}</span>}
      aside={
        <>
          {folded === 0 ? null : <span className="text-small">{folded} unchanged lines folded</span>}
          <span className="font-mono text-small">
            <span className="text-ok">+{added}</span> <span className="text-crit">−{removed}</span>
          </span>
        </>
      }
    >
      <div className="py-2 font-mono text-small">
        {lines.length === 0 ? <p className="px-3.5 font-sans text-dim">Nothing changes.</p> : null}
        {parts.map((part) => (
          <Part key={part.lines[0]?.at} part={part} />
        ))}
      </div>
    </Panel>
  );
}

function Part({ part }: Readonly<{ part: DiffPart }>): ReactNode {
  const drawn = part.lines.map((line) => <Line key={line.at} line={line} />);
  if (!part.folded) {
    return drawn;
  }
  return (
    <details className="group/fold">
      <summary className="flex list-none items-center gap-2 bg-hover/60 px-3.5 py-0.5 font-sans text-faint hover:bg-hover hover:text-text group-open/fold:hidden">
        <span aria-hidden="true" className="w-3 text-center font-mono">
          ⋯
        </span>
        {part.lines.length} unchanged lines folded
      </summary>
      {drawn}
    </details>
  );
}

const lineLooks = {
  add: { sign: "+", word: "added: ", className: "bg-ok-soft text-ok" },
  remove: { sign: "−", word: "removed: ", className: "bg-crit-soft text-crit" },
  same: { sign: "", word: "", className: "text-text" },
} as const;

function Line({ line }: Readonly<{ line: DiffLine }>): ReactNode {
  const look = lineLooks[line.kind];
  const Element = line.kind === "add" ? "ins" : line.kind === "remove" ? "del" : "div";
  return (
    <Element className={classNames("flex gap-1.5 px-3.5 no-underline", look.className)}>
      {/* Signs are no part of the text: they stay out of a copied selection. */}
      <span aria-hidden="true" className="w-3 flex-none select-none text-center">
        {look.sign}
      </span>
      {look.word === "" ? null : <span className="sr-only select-none">{look.word}</span>}
      <span className="min-w-0 whitespace-pre-wrap">{line.text === "" ? " " : <Elided text={line.text} />}</span>
    </Element>
  );
}
