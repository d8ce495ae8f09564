import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { type Accent, fillOfTone, textOfTone } from "./tone.ts";

type ProgressProps = Readonly<{
  /** Names what progresses, for screen readers. */
  label: string;
  done: number;
  total: number;
  /** "accent" while under way. */
  tone?: Accent | undefined;
  /** Beside the bar: "5 of 6 new", "stuck on quota". */
  words: string;
}>;

/** How far something has come: a bar and the words that say it. */
export function Progress({ label, done, total, tone = "accent", words }: ProgressProps): ReactNode {
  const share = total > 0 ? Math.min(100, Math.max(0, (100 * done) / total)) : 0;
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      <span
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={words}
        className="relative h-1.5 w-27 min-w-8 shrink overflow-hidden rounded-full bg-line max-phone:w-20"
      >
        <span
          className={classNames("absolute inset-y-0 left-0 rounded-full transition-[width]", fillOfTone[tone])}
          style={{ width: `${share}%` }}
        />
      </span>
      <span className={classNames("whitespace-nowrap", textOfTone[tone === "accent" ? "plain" : tone])}>{words}</span>
    </span>
  );
}
