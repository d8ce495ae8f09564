"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useCallback, useDeferredValue, useMemo } from "react";
import { useRows, useSources } from "#components/live/live-provider.tsx";
import { readOwn } from "#components/live/read-json.ts";
import { useMovedAt } from "#components/live/use-environment-read.ts";
import { useRead } from "#components/live/use-read.ts";
import { Columns } from "#components/shell/shell.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Empty, NoneFits } from "#components/ui/empty.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import type { QuotaAnswer } from "#lib/quotas/queries.ts";
import { QUOTAS_PATH, type QuotaSearch, quotasPath } from "#lib/routes.ts";
import { QuotaFilters } from "./quota-filters.tsx";
import { QuotaTable } from "./quota-table.tsx";
import { filterQuotas, quotasWords, shownQuotas } from "./quotas-words.ts";

// What is not looked at is not loaded.
const CapacityView = dynamic(() => import("./capacity-view.tsx").then((file) => file.CapacityView));
const QuotaPanel = dynamic(() => import("./quota-panel.tsx").then((file) => file.QuotaPanel));
const SharesView = dynamic(() => import("./shares-view.tsx").then((file) => file.SharesView));

const TABS = [
  { tab: undefined, label: "Quotas" },
  { tab: "capacity", label: "Cluster capacity" },
  { tab: "shares", label: "Teams and products" },
] as const;

/** What every quota leaves, what the clusters can give, and whose it is. */
export function QuotasView({ search }: Readonly<{ search: QuotaSearch }>): ReactNode {
  const rows = useDeferredValue(useRows("quota"));
  const environments = useRows("environment");
  const sources = useSources();
  const quotas = useMemo(() => shownQuotas(rows.values(), environments, sources), [rows, environments, sources]);
  const moved = useMovedAt();
  const answer = useRead(
    // Quotas that come and go are read again, with their history and with what is without any.
    ["quotas", moved, [...rows.keys()].sort()],
    (signal) => readOwn<QuotaAnswer>("/api/v1/quotas", signal),
  );
  const trends = useMemo(() => new Map((answer.data?.items ?? []).map(({ id, trend }) => [id, trend])), [answer.data]);
  const words = quotasWords(quotas, { environments, sources, trends, unlimited: answer.data?.unlimited ?? [] });
  const open = search.tab === undefined ? quotas.find(({ row }) => row.id === search.quota) : undefined;
  const names = [...environments.keys()].sort();
  return (
    <>
      <SaidLead words={words} />
      <Tabs
        items={TABS.map(({ tab, label }) => ({
          label,
          href: quotasPath({ environment: search.environment, tab }),
          isCurrent: search.tab === tab,
        }))}
      />
      {answer.error === null ? null : <Notice tone="look">{answer.error.message}</Notice>}
      <Columns
        sideFirst
        side={
          open === undefined ? undefined : (
            <QuotaPanel shown={open} closeHref={quotasPath({ ...search, quota: undefined })} />
          )
        }
      >
        {search.tab === "capacity" ? <CapacityView search={search} environments={names} /> : null}
        {search.tab === "shares" ? <SharesView search={search} environments={names} /> : null}
        {search.tab === undefined ? (
          <Quotas search={search} quotas={quotas} environments={names} trends={trends} />
        ) : null}
      </Columns>
    </>
  );
}

type QuotasProps = Readonly<{
  search: QuotaSearch;
  quotas: ReturnType<typeof shownQuotas>;
  environments: readonly string[];
  trends: Parameters<typeof QuotaTable>[0]["trends"];
}>;

function Quotas({ search, quotas, environments, trends }: QuotasProps): ReactNode {
  const { environment, resource } = search;
  const found = useMemo(() => filterQuotas(quotas, { environment, resource }), [quotas, environment, resource]);
  const hrefOf = useCallback((quota: string) => quotasPath({ ...search, quota }), [search]);
  return (
    <Panel
      title="Quotas"
      hint={
        found.length === quotas.length
          ? "least left first; marks at 80 and 95 %"
          : `${found.length} of ${quotas.length}, least left first`
      }
    >
      <QuotaFilters
        search={search}
        environments={environments}
        resources={[...new Set(quotas.map(({ row }) => row.resource))].sort()}
      />
      {quotas.length === 0 ? (
        <Empty title="No quota has been seen">
          Gatehouse is still reading the clusters, or no namespace that you may see has a ResourceQuota.
        </Empty>
      ) : found.length === 0 ? (
        <NoneFits noun="quota" action={<ButtonLink href={QUOTAS_PATH}>Show all</ButtonLink>} />
      ) : (
        <QuotaTable quotas={found} trends={trends} chosen={search.quota} hrefOf={hrefOf} />
      )}
    </Panel>
  );
}
