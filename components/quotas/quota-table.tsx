"use client";

import { memo, type ReactNode } from "react";
import { EnvironmentCell } from "#components/environments/environment-tag.tsx";
import { State } from "#components/ui/status.tsx";
import { Cell, NameCell, Table, TableRow } from "#components/ui/table.tsx";
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
  return (
    <TableRow
      data-quota={`${row.namespace}/${row.quota}/${row.resource}`}
      isBroken={state === "full"}
      isChosen={isChosen}
    >
      <Cell label="Left">
        <QuotaLeft row={row} state={state} />
      </Cell>
      <NameCell name={row.resource} href={href} detail={`${row.quota} in ${row.namespace}`} />
      <EnvironmentCell id={row.environment} isLive={isLive} />
      <Cell label="Requested">
        <span className="flex min-w-32 flex-col gap-1">
          <span className={state === "unknown" ? "text-unknown" : "text-dim"}>{requestedWords(row)}</span>
          <QuotaBar shown={{ row, state, isLive }} />
        </span>
      </Cell>
      <Cell label="At this pace" align="right" quiet={trend?.state !== "growing"} faint={trend?.state !== "growing"}>
        {trend === undefined ? "" : trendWords(trend)}
      </Cell>
    </TableRow>
  );
});

/** What a quota leaves, as a shape and words. */
export function QuotaLeft({ row, state }: Pick<ShownQuota, "row" | "state">): ReactNode {
  const left = leftWords(row);
  return (
    <State tone={QUOTA_TONE[state]} word={state === "unknown" ? "not known" : left} because={`last known: ${left}`} />
  );
}
