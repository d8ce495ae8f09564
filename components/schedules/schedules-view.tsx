"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { type ReactNode, useCallback, useDeferredValue, useMemo } from "react";
import { useRows, useSources } from "#components/live/live-provider.tsx";
import { useUrlState } from "#components/live/use-url-state.ts";
import { Columns } from "#components/shell/shell.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import { Select } from "#components/ui/select.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import { type EnvironmentRow, whyKindsUnseen } from "#lib/environments/model.ts";
import { SCHEDULE_KINDS } from "#lib/schedules/model.ts";
import { SchedulePanel } from "./schedule-panel.tsx";
import { ScheduleTable } from "./schedule-table.tsx";
import {
  environmentsWithout,
  type JobNoun,
  type ShownSchedule,
  schedulesWords,
  shownSchedules,
  withoutGone,
} from "./schedules-words.ts";

type SchedulesViewProps = Readonly<{
  /** The roles of the jobs that stand here; all jobs where it is left out. */
  roles?: readonly string[] | undefined;
  noun: JobNoun;
  /** What an environment is missed to have: "backup"; left out where none needs to have any. */
  missing?: string | undefined;
  /** What is not here yet. */
  note?: string | undefined;
}>;

/** Scheduled jobs, each as a line of its runs; what did not run, did not end or failed stands on top. */
export function SchedulesView({ roles, noun, missing, note }: SchedulesViewProps): ReactNode {
  const rows = useDeferredValue(useRows("schedule"));
  const environments = useRows("environment");
  const sources = useSources();
  const [where, choose] = useUrlState("environment");
  const [job] = useUrlState("job");
  const pathname = usePathname();
  const search = useSearchParams();
  const shown = useMemo(
    () => shownSchedules(rows.values(), { environments, sources, roles }),
    [rows, environments, sources, roles],
  );
  const hrefOf = useCallback(
    (id: string | undefined) => {
      const next = new URLSearchParams(search);
      next.delete("job");
      if (id !== undefined) {
        next.set("job", id);
      }
      return next.size === 0 ? pathname : `${pathname}?${next}`;
    },
    [pathname, search],
  );
  const { there, gone } = withoutGone(shown);
  const found = where === undefined ? there : there.filter(({ row }) => row.environment === where);
  const open = there.find(({ row }) => row.id === job);
  const without = missing === undefined ? [] : environmentsWithout(shown, environments.values(), sources);
  const words = schedulesWords(
    shown,
    noun,
    missing === undefined ? undefined : { what: missing, environments: without },
  );
  const unseen = [...environments.values()].flatMap((one) => whyKindsUnseen(one, SCHEDULE_KINDS, sources) ?? []);
  return (
    <>
      <SaidLead words={words} />
      <Columns
        sideFirst
        side={open === undefined ? undefined : <SchedulePanel schedule={open} closeHref={hrefOf(undefined)} />}
      >
        <UnknownNotices sentences={[...new Set(unseen)].map((why) => `${why}: what ran there is not known.`)} />
        <Findings environments={without} missing={missing} gone={gone} />
        <Panel
          title="Jobs"
          hint={found.length === there.length ? "worst first" : `${found.length} of ${there.length}, worst first`}
          aside={<Select label="Where" value={where} options={[...environments.keys()].sort()} onChange={choose} />}
        >
          {found.length === 0 ? (
            <Empty title={there.length === 0 ? `No ${noun.one} has been seen` : "No job fits"}>
              {there.length === 0
                ? "The label that says what a job is for is named in gatehouse.yaml (labels.role)."
                : "There is none in that environment."}
            </Empty>
          ) : (
            <ScheduleTable schedules={found} chosen={job} hrefOf={hrefOf} />
          )}
          {note === undefined ? null : <PanelBody dim>{note}</PanelBody>}
        </Panel>
      </Columns>
    </>
  );
}

type FindingsProps = Readonly<{
  environments: readonly EnvironmentRow[];
  missing: string | undefined;
  /** Jobs that somebody deleted. */
  gone: readonly ShownSchedule[];
}>;

function Findings({ environments, missing, gone }: FindingsProps): ReactNode {
  return environments.length + gone.length === 0 ? null : (
    <Panel title="Findings" hint={environments.length + gone.length}>
      <ul className="divide-y divide-line">
        {gone.map(({ row, isLive }) => (
          <li key={row.id} className="flex gap-2.5 px-3.5 py-2">
            <span className="flex h-5 flex-none items-center">
              <StatusMark tone={isLive ? "broken" : "look"} />
            </span>
            <span className="outside">
              {row.name} in {row.environment}, {row.role}: {row.message}
            </span>
          </li>
        ))}
        {environments.map(({ id, tier }) => (
          <li key={id} className="flex gap-2.5 px-3.5 py-2">
            <span className="flex h-5 flex-none items-center">
              <StatusMark tone={tier === "live" ? "broken" : "look"} />
            </span>
            <span>
              {id} has no {missing}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
