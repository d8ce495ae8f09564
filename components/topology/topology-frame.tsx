"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { useRows } from "#components/live/live-provider.tsx";
import { Lead } from "#components/ui/lead.tsx";
import type { Phrase } from "#components/ui/phrases.ts";
import { Said } from "#components/ui/said.tsx";
import { Select } from "#components/ui/select.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { type TopologySearch, topologyPath } from "#lib/routes.ts";

const VIEWS = [
  { view: undefined, label: "Services" },
  { view: "nodes", label: "Nodes" },
  { view: "reachability", label: "Reachability" },
  { view: "drift", label: "Drift" },
] as const;

type TopologyFrameProps = Readonly<{
  environment: EnvironmentRow;
  search: TopologySearch;
  /** Its name, until more can be said. */
  title?: string | undefined;
  lead?: readonly Phrase[] | undefined;
  children: ReactNode;
}>;

/** What each view of an environment's topology stands in: its first words, the switch between environments, and the other views. */
export function TopologyFrame({ environment, search, title, lead = [], children }: TopologyFrameProps): ReactNode {
  const router = useRouter();
  const environments = [...useRows("environment").keys()].sort();
  const { id, tier, cluster, namespaces } = environment;
  return (
    <>
      <Lead
        title={title ?? id}
        meta={
          <>
            <EnvironmentTag id={tier === "live" ? "LIVE" : tier} tier={tier} />
            <span>
              cluster {cluster}, {namespaces.length === 1 ? "namespace" : "namespaces"} {namespaces.join(", ")}
            </span>
          </>
        }
        actions={
          <Select
            label="Where"
            value={id}
            options={environments}
            none={null}
            onChange={(next) => router.push(topologyPath({ environment: next, view: search.view }))}
          />
        }
      >
        <Said phrases={lead} />
      </Lead>
      <Tabs
        items={VIEWS.map(({ view, label }) => ({
          label,
          href: topologyPath({ environment: id, view }),
          isCurrent: search.view === view,
        }))}
      />
      {children}
    </>
  );
}
