"use client";

import Link from "next/link";
import { memo, type ReactNode } from "react";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { Status, Unknown } from "#components/ui/status.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import type { QuotaRow, QuotaState } from "#lib/quotas/model.ts";
import type { Trend } from "#lib/quotas/trend.ts";
import { QuotaBar } from "./quota-bar.tsx";
import { leftWords, QUOTA_TONE, requestedWords, type ShownQuota, trendWords } from "./quotas-words.ts";

type QuotaTableProps = Readonly<{
  quotas: readonly ShownQuota[];
  trends: ReadonlyMap<string, Trend>;
  /** The id of the row whose panel is open. */
  chosen: string | undefined;
  /** The page with that row's panel open. */
  hrefOf: (quota: string) => string;
}>;

/** Every resource of every quota, in the order it is given. */
export function QuotaTable({ quotas, trends, chosen, hrefOf }: QuotaTableProps): ReactNode {
  return (
    <Table
      caption="What each quota leaves"
      columns={[
        { label: "Left", width: "16%" },
        { label: "Resource", width: "24%" },
        { label: "Environment", width: "19%" },
        { label: "Requested, and used below" },
        { label: "At this pace", align: "right", width: "15%" },
      ]}
    >
      {quotas.map(({ row, state, isLive }) => (
        <QuotaLine
          key={row.id}
          row={row}
          state={state}
          isLive={isLive}
          trend={trends.get(row.id)}
          isChosen={row.id === chosen}
          href={hrefOf(row.id)}
        />
      ))}
    </Table>
  );
}

type QuotaLineProps = Readonly<{
  row: QuotaRow;
  state: QuotaState;
  isLive: boolean;
  trend: Trend | undefined;
  isChosen: boolean;
  href: string;
}>;

const QuotaLine = memo(function QuotaLine({ row, state, isLive, trend, isChosen, href }: QuotaLineProps): ReactNode {
  const left = leftWords(row);
  return (
    <tr
      data-quota={`${row.namespace}/${row.quota}/${row.resource}`}
      data-tone={state === "full" ? "broken" : undefined}
      aria-current={isChosen || undefined}
      className={isChosen ? "bg-hover" : undefined}
    >
      <Cell label="Left">
        {state === "unknown" ? (
          <Unknown because={`last known: ${left}`}>not known</Unknown>
        ) : (
          <Status tone={QUOTA_TONE[state]} word={left} coloured={state === "full"} />
        )}
      </Cell>
      <Cell label="" header>
        <span className="flex min-w-0 flex-col">
          <Link href={href} scroll={false} className="link w-fit [overflow-wrap:anywhere]">
            {row.resource}
          </Link>
          <span className="font-normal text-faint text-small [overflow-wrap:anywhere]">
            {row.quota} in {row.namespace}
          </span>
        </span>
      </Cell>
      <Cell label="Environment">
        <EnvironmentTag id={row.environment} tier={isLive ? "live" : "sandbox"} />
      </Cell>
      <Cell label="Requested">
        <span className="flex min-w-32 flex-col gap-1">
          <span className={state === "unknown" ? "text-unknown" : "text-dim"}>{requestedWords(row)}</span>
          <QuotaBar shown={{ row, state, isLive }} />
        </span>
      </Cell>
      <Cell label="At this pace" align="right" quiet={trend?.state !== "growing"} faint={trend?.state !== "growing"}>
        {trend === undefined ? "" : trendWords(trend)}
      </Cell>
    </tr>
  );
});
