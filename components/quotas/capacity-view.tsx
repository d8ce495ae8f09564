"use client";

import type { ReactNode } from "react";
import { useEnvironmentRead } from "#components/live/use-environment-read.ts";
import { countWords } from "#components/requests/request-words.ts";
import { Answer } from "#components/ui/answer.tsx";
import { Meter } from "#components/ui/meter.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { amountWords, type PodDemand } from "#lib/quotas/model.ts";
import type { CapacityAnswer, CapacityItem } from "#lib/quotas/queries.ts";
import type { QuotaSearch } from "#lib/routes.ts";
import { AMOUNTS, capacityWords, RESOURCE_OF, shareWords, toneOfShare } from "./capacity-words.ts";
import { QuotaFilters } from "./quota-filters.tsx";

type CapacityViewProps = Readonly<{ search: QuotaSearch; environments: readonly string[] }>;

/** What each cluster's nodes can give, and who has asked for how much of it. */
export function CapacityView({ search, environments }: CapacityViewProps): ReactNode {
  const capacity = useEnvironmentRead<CapacityAnswer>("/api/v1/quotas/capacity", search.environment);
  return (
    <>
      <Panel title="Cluster capacity" hint="what nodes that take pods can give, and who has asked for it">
        <QuotaFilters search={search} environments={environments} />
      </Panel>
      <Answer read={capacity} rows={5} tall>
        {({ unknown, items }) => (
          <>
            <UnknownNotices sentences={unknown} />
            {items.map((item) => (
              <ClusterCapacity key={item.cluster} item={item} />
            ))}
          </>
        )}
      </Answer>
    </>
  );
}

function ClusterCapacity({ item }: Readonly<{ item: CapacityItem }>): ReactNode {
  return (
    <Panel title={item.cluster} hint={`${item.nodes.usable} of ${countWords(item.nodes.all, "node")} take pods`}>
      <PanelBody>
        {capacityWords(item).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {AMOUNTS.map((amount) => (
          <Meter
            key={amount}
            label={RESOURCE_OF[amount]}
            words={shareWords(item, amount)}
            limit={item.allocatable[amount]}
            layers={[{ name: "requested", value: item.requested[amount], tone: toneOfShare(item, amount) }]}
          />
        ))}
      </PanelBody>
      <Table
        caption={`Who takes what of cluster ${item.cluster}`}
        columns={[
          { label: "Namespace" },
          { label: "Environment", width: "24%" },
          { label: "CPU", align: "right", width: "16%" },
          { label: "Memory", align: "right", width: "18%" },
          { label: "Pods", align: "right", width: "12%" },
        ]}
      >
        {item.takers.map(({ environment, namespace, requested }) => (
          <tr key={namespace ?? ""} data-namespace={namespace ?? "others"}>
            <Cell label="" header>
              {namespace ?? "others"}
            </Cell>
            <Cell label="Environment" faint={environment === null}>
              {environment ?? "of no environment that you may see"}
            </Cell>
            {AMOUNTS.map((amount) => (
              <Cell key={amount} label={RESOURCE_OF[amount]} align="right">
                <Amount amount={amount} requested={requested} />
              </Cell>
            ))}
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function Amount({ amount, requested }: Readonly<{ amount: keyof PodDemand; requested: PodDemand }>): ReactNode {
  return amountWords(RESOURCE_OF[amount].toLowerCase(), requested[amount], true);
}
