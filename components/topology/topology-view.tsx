"use client";

import dynamic from "next/dynamic";
import type { ComponentType, ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Panel } from "#components/ui/panel.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { TOPOLOGY_PATH, type TopologySearch } from "#lib/routes.ts";

// What is not looked at is not loaded.
const ServicesView = dynamic(() => import("./services-view.tsx").then((file) => file.ServicesView));
const DriftView = dynamic(() => import("#components/drift/drift-view.tsx").then((file) => file.DriftView));
const PlacementView = dynamic(() =>
  import("#components/placement/placement-view.tsx").then((file) => file.PlacementView),
);
const ReachabilityView = dynamic(() =>
  import("#components/reachability/reachability-view.tsx").then((file) => file.ReachabilityView),
);

/** One environment by what calls what, and by what runs where. */
export function TopologyView({ search }: Readonly<{ search: TopologySearch }>): ReactNode {
  const environments = [...useRows("environment").values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const first = environments.find(({ tier }) => tier === "live") ?? environments[0];
  const environment =
    search.environment === undefined ? first : environments.find(({ id }) => id === search.environment);
  if (environment === undefined) {
    return (
      <>
        <Lead title="Topology" />
        <Panel title="Environment">
          <Empty
            title={search.environment === undefined ? "You may see no environment" : "There is no such environment"}
            action={
              search.environment === undefined ? undefined : <ButtonLink href={TOPOLOGY_PATH}>Show another</ButtonLink>
            }
          >
            {search.environment === undefined
              ? "Roles are given by environment; an admin can give you one."
              : "It is not in gatehouse.yaml, or you hold no role in it."}
          </Empty>
        </Panel>
      </>
    );
  }
  // Each environment is a page of its own: nothing of the one before stays.
  const View = VIEWS[search.view ?? ""] ?? ServicesView;
  return <View key={environment.id} environment={environment} search={search} />;
}

type ViewProps = Readonly<{ environment: EnvironmentRow; search: TopologySearch }>;

const VIEWS: Readonly<Record<string, ComponentType<ViewProps>>> = {
  nodes: PlacementView,
  reachability: ReachabilityView,
  drift: DriftView,
};
