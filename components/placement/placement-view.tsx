"use client";

import type { ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import { readOwn } from "#components/live/read-json.ts";
import { usePaced } from "#components/live/use-paced.ts";
import { useRead } from "#components/live/use-read.ts";
import { Columns } from "#components/shell/shell.tsx";
import { TopologyFrame } from "#components/topology/topology-frame.tsx";
import { Unread } from "#components/ui/answer.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { PlacementItem } from "#lib/placement/queries.ts";
import { type TopologySearch, topologyPath } from "#lib/routes.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { NodeTable } from "./node-table.tsx";
import { PendingPanel } from "./pending-panel.tsx";
import { outcomeWords, placementWords } from "./placement-words.ts";
import { WhatIfPanel } from "./what-if-panel.tsx";

type PlacementViewProps = Readonly<{ environment: EnvironmentRow; search: TopologySearch }>;

/** What of an environment runs on which node, what the nodes have left, and what becomes of it when one of them goes. */
export function PlacementView({ environment, search }: PlacementViewProps): ReactNode {
  const { id } = environment;
  const moved = usePaced(useMoved(environment));
  const placement = useRead(["placement", id, search.whatIf, moved], (signal) => {
    const query = new URLSearchParams({
      environment: id,
      ...(search.whatIf !== undefined && { whatIf: search.whatIf }),
    });
    return readOwn<Envelope<PlacementItem>>(`/api/v1/placement?${query}`, signal);
  });
  const item = placement.data?.items.find((one) => one.environment === id);
  const hrefOf = (whatIf: string | undefined) => topologyPath({ environment: id, view: "nodes", whatIf });
  if (item === undefined) {
    return (
      <TopologyFrame environment={environment} search={search}>
        <Unread error={placement.error} rows={8} />
      </TopologyFrame>
    );
  }
  const { title, lead } = placementWords(item);
  // What was asked before stays while the answer is read.
  const outcome = placement.isOutdated ? null : item.outcome;
  const said = outcome === null || outcome === "unknown" ? lead : [...outcomeWords(outcome, id), " ", ...lead];
  return (
    <TopologyFrame environment={environment} search={search} title={title} lead={said}>
      <Columns
        sideFirst
        side={
          search.whatIf === undefined ? undefined : outcome === null || outcome === "unknown" ? (
            <Panel title="What if it goes?">
              <PanelBody dim>{whyNoOutcome(item, search.whatIf, placement.isOutdated)}</PanelBody>
            </Panel>
          ) : (
            <WhatIfPanel outcome={outcome} others={item.others} closeHref={hrefOf(undefined)} />
          )
        }
      >
        <PendingPanel pending={item.pending} />
        <NodeTable item={item} whatIf={search.whatIf} hrefOf={hrefOf} />
      </Columns>
    </TopologyFrame>
  );
}

function whyNoOutcome({ cluster, outcome, unknown }: PlacementItem, whatIf: string, isOutdated: boolean): string {
  if (isOutdated) {
    return "Working it out.";
  }
  return outcome === "unknown"
    ? `What becomes of it is not known. ${unknown.join(" ")}`
    : `Cluster ${cluster} has no ${whatIf.replace(":", " ")}.`;
}

/** Moves whenever a pod, a node or a workload of the environment has, so that what runs where is read again. */
function useMoved({ id }: EnvironmentRow): string {
  const shape = useRows("shape").get(id)?.movedAt ?? 0;
  const workloads = [...useRows("workload").values()].filter((row) => row.environment === id);
  return [
    shape,
    ...workloads.map(({ id: row, rollout }) => [row, rollout.state, rollout.updated, rollout.ready].join(" ")),
  ].join("\n");
}
