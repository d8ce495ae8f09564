"use client";

import type { ReactNode } from "react";
import { Age } from "#components/ui/age.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact } from "#components/ui/rows.tsx";
import { SidePanel } from "#components/ui/side-panel.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { RunRow, RunState } from "#lib/schedules/model.ts";
import { ScheduleState } from "./schedule-table.tsx";
import { durationWords, PAST_UNKNOWN, runWords, type ShownSchedule } from "./schedules-words.ts";

type SchedulePanelProps = Readonly<{ schedule: ShownSchedule; closeHref: string }>;

const RUN_TONE = {
  succeeded: "fine",
  failed: "broken",
  running: "pending",
  waiting: "pending",
} as const satisfies Record<RunState, string>;

/** One job: why it stands as it does, when it runs, and each of its runs with what it reported. */
export function SchedulePanel({ schedule, closeHref }: SchedulePanelProps): ReactNode {
  const { row } = schedule;
  return (
    <>
      <SidePanel title={row.name} hint={row.kind} closeHref={closeHref}>
        <PanelBody>
          <ScheduleState schedule={schedule} />
          {row.message === null ? null : <p className="outside">{sentence(row.message)}</p>}
        </PanelBody>
        <ul className="divide-y divide-line border-line border-t">
          <Fact name="Namespace">{row.namespace}</Fact>
          <Fact name="Schedule" detail={row.timeZone ?? "UTC, unless its controller says otherwise"}>
            <code className="font-mono text-small">{row.schedule ?? "none"}</code>
          </Fact>
          <Fact name="For">{row.role ?? <span className="text-faint">no label says</span>}</Fact>
          <Fact name="Last success">{row.lastSuccess === null ? "none known" : <Age at={row.lastSuccess} />}</Fact>
          <Fact name="Next due">{row.nextDue === null ? "–" : <Age at={row.nextDue} form="until" />}</Fact>
          <Fact name="Took">{durationWords(row) || "not known yet"}</Fact>
        </ul>
      </SidePanel>
      <Panel title="Runs" hint={`${row.runs.length}, newest first`}>
        {row.isPastKnown ? null : <PanelBody dim>{sentence(PAST_UNKNOWN)}</PanelBody>}
        {row.runs.length === 0 ? (
          <PanelBody dim>No run of it is known.</PanelBody>
        ) : (
          <ul className="divide-y divide-line">
            {row.runs.toReversed().map((run) => (
              <RunFact key={`${run.due} ${run.started}`} run={run} />
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}

function RunFact({ run }: Readonly<{ run: RunRow }>): ReactNode {
  return (
    <li className="flex gap-2.5 px-3.5 py-2">
      <span className="flex h-5 flex-none items-center">
        <StatusMark tone={RUN_TONE[run.state]} />
      </span>
      <span className="min-w-0 outside">{runWords(run)}</span>
    </li>
  );
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
