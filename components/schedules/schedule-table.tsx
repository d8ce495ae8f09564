"use client";

import { memo, type ReactNode } from "react";
import { EnvironmentCell } from "#components/environments/environment-tag.tsx";
import { Age } from "#components/ui/age.tsx";
import { State } from "#components/ui/status.tsx";
import { Cell, NameCell, Table, TableRow } from "#components/ui/table.tsx";
import { RunLine } from "./run-line.tsx";
import { durationWords, reportWords, type ShownSchedule, STATE_TONE, STATE_WORD } from "./schedules-words.ts";

type ScheduleTableProps = Readonly<{
  schedules: readonly ShownSchedule[];
  /** The id of the job whose panel is open. */
  chosen: string | undefined;
  hrefOf: (job: string) => string;
}>;

/** Every scheduled job as a line of its runs, in the order it is given. */
export function ScheduleTable({ schedules, chosen, hrefOf }: ScheduleTableProps): ReactNode {
  return (
    <Table
      caption="Scheduled jobs and their runs"
      columns={[
        { label: "State", width: "14%" },
        { label: "Job", width: "24%" },
        { label: "Environment", width: "15%" },
        { label: "Runs", width: "16%" },
        { label: "Last success", width: "11%" },
        { label: "Next due", width: "9%" },
        { label: "Took, said" },
      ]}
    >
      {schedules.map((one) => (
        <ScheduleLine key={one.row.id} schedule={one} isChosen={one.row.id === chosen} href={hrefOf(one.row.id)} />
      ))}
    </Table>
  );
}

type ScheduleLineProps = Readonly<{ schedule: ShownSchedule; isChosen: boolean; href: string }>;

const ScheduleLine = memo(function ScheduleLine({ schedule, isChosen, href }: ScheduleLineProps): ReactNode {
  const { row, state, isLive } = schedule;
  return (
    <TableRow data-job={row.name} isBroken={STATE_TONE[state] === "broken"} isChosen={isChosen}>
      <Cell label="State">
        <ScheduleState schedule={schedule} />
      </Cell>
      <NameCell
        name={row.name}
        href={href}
        detail={`${row.schedule ?? "not scheduled"}${row.timeZone === null ? "" : ` ${row.timeZone}`}`}
      />
      <EnvironmentCell id={row.environment} isLive={isLive} />
      <Cell label="Runs">
        <RunLine schedule={row} isMissed={state === "missed" && row.runs.at(-1)?.state !== "waiting"} />
      </Cell>
      <Cell label="Last success">
        {row.lastSuccess === null ? <span className="text-faint">none known</span> : <Age at={row.lastSuccess} />}
      </Cell>
      <Cell label="Next due">
        {row.nextDue === null ? <span className="text-faint">–</span> : <Age at={row.nextDue} form="until" />}
      </Cell>
      <Cell label="Took, said" quiet={durationWords(row) === "" && reportWords(row) === ""}>
        <span className="flex flex-col text-dim card:items-end">
          <span>{durationWords(row)}</span>
          <span className="outside text-faint text-small">{reportWords(row)}</span>
        </span>
      </Cell>
    </TableRow>
  );
});

/** Where a schedule stands, as a shape and a word. */
export function ScheduleState({ schedule: { row, state } }: Readonly<{ schedule: ShownSchedule }>): ReactNode {
  return (
    <State
      tone={STATE_TONE[state]}
      word={state === "unknown" ? "not known" : STATE_WORD[state]}
      because={row.state === "unknown" ? (row.message ?? undefined) : `last known: ${STATE_WORD[row.state]}`}
    />
  );
}
