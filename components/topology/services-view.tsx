"use client";

import Link from "next/link";
import { type ReactNode, useDeferredValue, useMemo } from "react";
import { useRows, useSources } from "#components/live/live-provider.tsx";
import { countWords } from "#components/requests/request-words.ts";
import { Columns } from "#components/shell/shell.tsx";
import { Unread } from "#components/ui/answer.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Rows } from "#components/ui/rows.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { type TopologySearch, topologyPath } from "#lib/routes.ts";
import type { TopologyDrawing } from "#lib/topology/queries.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import { NodePanel } from "./node-panel.tsx";
import { ServiceGraph } from "./service-graph.tsx";
import { ServiceTable } from "./service-table.tsx";
import { TopologyFrame } from "./topology-frame.tsx";
import { shownNodes, topologyWords } from "./topology-words.ts";
import { useTopology } from "./use-topology.ts";

type ServicesViewProps = Readonly<{ environment: EnvironmentRow; search: TopologySearch }>;

/** The services of an environment as a picture and as a table, and one of them beside. */
export function ServicesView({ environment, search }: ServicesViewProps): ReactNode {
  const rows = useDeferredValue(useRows("workload"));
  const services = useRows("service");
  const source = useSources().get(clusterSourceId(environment.cluster));
  const { item, error } = useTopology(environment.id, search.select);
  const shown = useMemo(() => shownNodes(item?.nodes ?? [], rows, source), [item, rows, source]);
  const hrefOf = (select: string | undefined) => topologyPath({ ...search, environment: environment.id, select });
  if (item === undefined) {
    return (
      <TopologyFrame environment={environment} search={search}>
        <Unread error={error} rows={8} />
      </TopologyFrame>
    );
  }
  const chosen = shown.find(({ node }) => node.id === search.select);
  const { title, lead } = topologyWords(item, shown);
  return (
    <TopologyFrame environment={environment} search={search} title={title} lead={lead}>
      <Columns
        sideFirst
        side={
          chosen !== undefined ? (
            <NodePanel
              item={item}
              shown={shown}
              chosen={chosen}
              workloads={rows}
              service={services.get(`${environment.id}/${chosen.node.name}`)}
              hrefOf={hrefOf}
              closeHref={hrefOf(undefined)}
            />
          ) : item.findings.length > 0 ? (
            <Findings findings={item.findings} />
          ) : undefined
        }
      >
        {item.nodes.length === 0 ? (
          <Panel title="Services">
            <Empty title="No workload and no Service has been seen here">
              Gatehouse is still reading the cluster, or nothing is deployed in {environment.namespaces.join(", ")}.
            </Empty>
          </Panel>
        ) : (
          <>
            <div className="max-phone:order-last">
              <Panel
                title="Who calls whom"
                hint="callers at the left; from Services, routes, variables and gatehouse.yaml"
              >
                <ServiceGraph item={item} shown={shown} chosen={search.select} hrefOf={hrefOf} />
              </Panel>
            </div>
            <Hidden item={item} hrefOf={hrefOf} />
            <Panel title="The same in words" hint="worst first">
              <ServiceTable shown={shown} edges={item.edges} chosen={search.select} hrefOf={hrefOf} />
            </Panel>
          </>
        )}
      </Columns>
    </TopologyFrame>
  );
}

type HiddenProps = Readonly<{ item: TopologyDrawing; hrefOf: (id: string) => string }>;

/** What the budget leaves out; each of it is one click away. */
function Hidden({ item, hrefOf }: HiddenProps): ReactNode {
  const { nodes, edges } = item.hidden;
  if (nodes.length === 0) {
    return null;
  }
  return (
    <Notice tone="info">
      <p>
        {nodes.length} of {nodes.length + item.nodes.length} are hidden, and {countWords(edges, "call")} with them: the
        worst are drawn first, then those with most calls.
      </p>
      <details>
        <summary className="link w-fit">Show their names</summary>
        <ul className="flex flex-wrap gap-x-3 gap-y-1 pt-1.5">
          {nodes.map(({ id, name }) => (
            <li key={id}>
              <Link href={hrefOf(id)} scroll={false} prefetch={false} className="link">
                {name}
              </Link>
            </li>
          ))}
        </ul>
      </details>
    </Notice>
  );
}

function Findings({ findings }: Readonly<{ findings: TopologyDrawing["findings"] }>): ReactNode {
  return (
    <Panel title="Findings" hint={findings.length}>
      <Rows label="Findings, worst first">
        {findings.map(({ code, severity, subject, message }) => (
          <li key={`${code} ${subject}`} className="flex gap-2 px-3.5 py-2">
            <span className="flex h-5 flex-none items-center">
              <StatusMark tone={severity === "crit" ? "broken" : "look"} />
            </span>
            <span className="min-w-0 outside">{message}</span>
          </li>
        ))}
      </Rows>
    </Panel>
  );
}
