import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import type { ScheduleRow } from "#lib/schedules/model.ts";
import { PAST_UNKNOWN, runsWords, runWords } from "./schedules-words.ts";

/** So many of the newest runs fit a row. */
const SHOWN = 16;

type RunLineProps = Readonly<{
  schedule: Pick<ScheduleRow, "runs" | "isPastKnown">;
  /** The run that was due and did not start, of which there is no Job: a gap at the end. */
  isMissed: boolean;
}>;

/** A job's runs from old to new: high for one that succeeded, a block for one that failed, a frame for one that runs, a dashed one for one that waits, a gap for one that did not come. Hatched at its beginning where nobody knows what ran before. */
export function RunLine({ schedule, isMissed }: RunLineProps): ReactNode {
  const { runs, isPastKnown } = schedule;
  const words = `${runsWords(schedule)}${isMissed ? ", and one that did not start" : ""}`;
  return (
    <span role="img" aria-label={words} className="inline-flex h-4 items-end gap-0.5">
      {isPastKnown ? null : <span title={PAST_UNKNOWN} className="hatched h-4 w-3 rounded-[1.5px]" />}
      {runs.slice(-SHOWN).map((run) => (
        <span
          key={`${run.due} ${run.started}`}
          title={runWords(run)}
          className={classNames(
            "w-1.5 rounded-[1.5px]",
            run.state === "succeeded" && "h-4 bg-ok/70",
            run.state === "failed" && "h-4 bg-crit",
            run.state === "running" && "h-4 border border-accent",
            run.state === "waiting" && "h-4 border border-faint border-dashed",
          )}
        />
      ))}
      {isMissed ? (
        <span title="it did not start" className="h-4 w-1.5 rounded-[1.5px] border border-crit border-dashed" />
      ) : null}
    </span>
  );
}
