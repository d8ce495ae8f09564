"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { countWords } from "#components/requests/request-words.ts";
import { Elided } from "#components/ui/elided.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact, Rows } from "#components/ui/rows.tsx";
import { SidePanel } from "#components/ui/side-panel.tsx";
import type { WorkloadRow } from "#lib/rollouts/model.ts";
import { quotasPath, rolloutsPath } from "#lib/routes.ts";
import type { ServiceRow } from "#lib/services/model.ts";
import type { DrawnEdge, TopologyDrawing } from "#lib/topology/queries.ts";
import { NodeState } from "./service-table.tsx";
import { edgeWords, evidenceWords, nameOf, type ShownNode } from "./topology-words.ts";

type NodePanelProps = Readonly<{
  item: TopologyDrawing;
  shown: readonly ShownNode[];
  chosen: ShownNode;
  workloads: ReadonlyMap<string, WorkloadRow>;
  /** What runs of it, where it is a service of the environment. */
  service: ServiceRow | undefined;
  hrefOf: (id: string) => string;
  closeHref: string;
}>;

/** One node: how it stands, what runs of it, whom it calls, who calls it, and what shows that. */
export function NodePanel({ item, shown, chosen, workloads, service, hrefOf, closeHref }: NodePanelProps): ReactNode {
  const { node, health } = chosen;
  const names = new Map(shown.map((one) => [one.node.id, nameOf(one.node)]));
  const rows = node.workloads.flatMap((id) => workloads.get(id) ?? []);
  const findings = item.findings.filter(({ subject }) => subject.split(" → ").some((end) => end.startsWith(node.id)));
  return (
    <>
      <SidePanel title={node.name} hint={node.namespace} closeHref={closeHref}>
        <PanelBody>
          <NodeState shown={chosen} />
          {[...(health?.reasons ?? []), ...findings.map(({ message }) => message)].map((reason) => (
            <p key={reason}>
              <Elided text={reason} />
            </p>
          ))}
        </PanelBody>
        {rows.length === 0 ? null : (
          <div className="border-line border-t">
            <Rows label={`What runs of ${node.name}`}>
              {service === undefined ? null : (
                <Fact name="Release">
                  <span className="font-mono text-small">{service.release.version}</span>
                  {service.release.revision === undefined ? null : (
                    <code className="ml-2 text-faint">{service.release.revision.slice(0, 8)}</code>
                  )}
                </Fact>
              )}
              {rows.map((row) => (
                <Fact
                  key={row.id}
                  name={
                    <Link
                      href={rolloutsPath({ environment: row.environment, workload: row.id })}
                      className="link outside"
                    >
                      {row.name}
                    </Link>
                  }
                  detail={row.kind}
                >
                  {row.rollout.ready} of {countWords(row.rollout.desired, "pod")} ready
                </Fact>
              ))}
              <Fact name="Room for more">
                <Link href={quotasPath({ environment: item.environment })} className="link">
                  Quotas
                </Link>
              </Fact>
            </Rows>
          </div>
        )}
      </SidePanel>
      <Edges
        title="Calls"
        empty="Nothing is known that it calls."
        edges={item.edges.filter(({ from }) => from === node.id)}
        endOf={({ to }) => to}
        wordsOf={edgeWords}
        names={names}
        hrefOf={hrefOf}
      />
      <Edges
        title="Called by"
        empty="Nothing is known that calls it."
        edges={item.edges.filter(({ to }) => to === node.id)}
        endOf={({ from }) => from}
        wordsOf={(name, { port }) => (port === null ? name : `${name}, at port ${port}`)}
        names={names}
        hrefOf={hrefOf}
      />
    </>
  );
}

type EdgesProps = Readonly<{
  title: string;
  empty: string;
  edges: readonly DrawnEdge[];
  /** The other end. */
  endOf: (edge: DrawnEdge) => string;
  wordsOf: (name: string, edge: DrawnEdge) => string;
  names: ReadonlyMap<string, string>;
  hrefOf: (id: string) => string;
}>;

function Edges({ title, empty, edges, endOf, wordsOf, names, hrefOf }: EdgesProps): ReactNode {
  return (
    <Panel title={title} hint={edges.length === 0 ? undefined : edges.length} rank={3}>
      {edges.length === 0 ? (
        <PanelBody dim>{empty}</PanelBody>
      ) : (
        <Rows label={title}>
          {edges.map((edge) => (
            <li key={`${edge.from} ${edge.to} ${edge.port}`} className="flex flex-col gap-0.5 px-3.5 py-2">
              <Link href={hrefOf(endOf(edge))} scroll={false} className="link w-fit outside">
                {wordsOf(names.get(endOf(edge)) ?? endOf(edge), edge)}
              </Link>
              {edge.evidence.map(evidenceWords).map((words) => (
                <span key={words} className="text-dim text-small outside">
                  {words}
                </span>
              ))}
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  );
}
