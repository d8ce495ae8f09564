"use client";

import type { ReactNode } from "react";
import { useEnvironmentRead } from "#components/live/use-environment-read.ts";
import { Answer } from "#components/ui/answer.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { amountWords } from "#lib/quotas/model.ts";
import type { PlatformTotal, ShareAnswer, ShareItem } from "#lib/quotas/queries.ts";
import type { QuotaSearch } from "#lib/routes.ts";
import { QuotaFilters } from "./quota-filters.tsx";
import { moneyWords } from "./quotas-words.ts";
import { sharesSentence } from "./shares-words.ts";

type SharesViewProps = Readonly<{ search: QuotaSearch; environments: readonly string[] }>;

/** Which team and which product has asked for what, and what that costs. */
export function SharesView({ search, environments }: SharesViewProps): ReactNode {
  const shares = useEnvironmentRead<ShareAnswer>("/api/v1/quotas/shares", search.environment);
  return (
    <>
      <Panel title="Teams and products" hint="what the pods that are there have asked for; storage is not counted">
        <QuotaFilters search={search} environments={environments} />
      </Panel>
      <Answer read={shares} rows={5} tall>
        {({ unknown, totals, items }) => (
          <>
            <UnknownNotices sentences={unknown} />
            {totals.map((total) => (
              <PlatformShares
                key={total.platform}
                total={total}
                items={items.filter(({ platform }) => platform === total.platform)}
              />
            ))}
          </>
        )}
      </Answer>
    </>
  );
}

type PlatformSharesProps = Readonly<{ total: PlatformTotal; items: readonly ShareItem[] }>;

function PlatformShares({ total, items }: PlatformSharesProps): ReactNode {
  return (
    <Panel title={total.platform} hint={total.cost === null ? "no prices in gatehouse.yaml" : "730 hours a month"}>
      <PanelBody>
        <p>{sharesSentence(total)}</p>
      </PanelBody>
      {(["team", "product"] as const).map((by) => (
        <ShareTable key={by} by={by} platform={total.platform} items={items.filter((item) => item.by === by)} />
      ))}
    </Panel>
  );
}

type ShareTableProps = Readonly<{ by: "team" | "product"; platform: string; items: readonly ShareItem[] }>;

function ShareTable({ by, platform, items }: ShareTableProps): ReactNode {
  return items.length === 0 ? null : (
    <Table
      caption={`What each ${by} of ${platform} has asked for`}
      columns={[
        { label: by === "team" ? "Team" : "Product" },
        { label: "CPU", align: "right", width: "16%" },
        { label: "Memory", align: "right", width: "18%" },
        { label: "Pods", align: "right", width: "12%" },
        { label: "A month", align: "right", width: "22%" },
      ]}
    >
      {items.map(({ name, requested, cost }) => (
        <tr key={name ?? ""} data-share={name ?? "carries no label"}>
          <Cell label="" header faint={name === null}>
            {name ?? "carries no label"}
          </Cell>
          <Cell label="CPU" align="right">
            {amountWords("cpu", requested.cpuCores, true)}
          </Cell>
          <Cell label="Memory" align="right">
            {amountWords("memory", requested.memoryBytes, true)}
          </Cell>
          <Cell label="Pods" align="right">
            {requested.pods}
          </Cell>
          <Cell label="A month" align="right" faint={cost === null}>
            {cost === null ? "no price" : moneyWords(cost)}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
