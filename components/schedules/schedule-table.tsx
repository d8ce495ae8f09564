"use client";

import Link from "next/link";
import { memo, type ReactNode } from "react";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { Age } from "#components/ui/age.tsx";
import { Status, StatusMark, Unknown } from "#components/ui/status.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { RunLine } from "./run-line.tsx";
import { durationWords, type ShownSchedule, STATE_TONE, STATE_WORD } from "./schedules-words.ts";

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
        { label: "Took" },
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
    <tr
      data-job={row.name}
      data-tone={STATE_TONE[state] === "broken" ? "broken" : undefined}
      className={isChosen ? "bg-hover" : undefined}
    >
      <Cell label="State">
        <ScheduleState schedule={schedule} />
      </Cell>
      <Cell label="" header>
        <span className="flex min-w-0 flex-col">
          <Link href={href} scroll={false} className="link w-fit [overflow-wrap:anywhere]">
            {row.name}
          </Link>
          <span className="font-normal text-faint text-small">
            {row.schedule ?? "not scheduled"}
            {row.timeZone === null ? "" : ` ${row.timeZone}`}
          </span>
        </span>
      </Cell>
      <Cell label="Environment">
        <EnvironmentTag id={row.environment} tier={isLive ? "live" : "sandbox"} />
      </Cell>
      <Cell label="Runs">
        <RunLine schedule={row} isMissed={state === "missed"} />
      </Cell>
      <Cell label="Last success">
        {row.lastSuccess === null ? <span className="text-faint">none known</span> : <Age at={row.lastSuccess} />}
      </Cell>
      <Cell label="Next due">
        {row.nextDue === null ? <span className="text-faint">–</span> : <Age at={row.nextDue} form="until" />}
      </Cell>
      <Cell label="Took" quiet={durationWords(row) === ""}>
        <span className="text-dim">{durationWords(row)}</span>
      </Cell>
    </tr>
  );
});

/** Where a schedule stands, as a shape and a word. */
export function ScheduleState({ schedule: { row, state } }: Readonly<{ schedule: ShownSchedule }>): ReactNode {
  const tone = STATE_TONE[state];
  if (tone === "unknown") {
    return <Unknown because={`last known: ${STATE_WORD[row.state]}`}>not known</Unknown>;
  }
  if (tone === "pending") {
    return (
      <span className="inline-flex items-baseline gap-2">
        <StatusMark tone="pending" />
        {STATE_WORD[state]}
      </span>
    );
  }
  return <Status tone={tone} word={STATE_WORD[state]} coloured={tone === "broken"} />;
}
