import Link from "next/link";
import type { ReactNode } from "react";
import { Meter } from "#components/ui/meter.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { State, Unknown } from "#components/ui/status.tsx";
import { Cell, NameCell, Table, TableRow } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { PlacedNode } from "#lib/placement/model.ts";
import type { PlacementItem } from "#lib/placement/queries.ts";
import { amountWords } from "#lib/quotas/model.ts";
import { nodeState, type Site, sitesOf } from "./placement-words.ts";

type NodeTableProps = Readonly<{
  item: PlacementItem;
  whatIf: string | undefined;
  hrefOf: (whatIf: string) => string;
}>;

/** Each node by site: how it stands, what is requested of it, and what of the environment runs there. */
export function NodeTable({ item, whatIf, hrefOf }: NodeTableProps): ReactNode {
  if (item.nodes.length === 0) {
    return (
      <Panel title="Nodes">
        <PanelBody dim>No node of cluster {item.cluster} has been seen.</PanelBody>
      </Panel>
    );
  }
  return sitesOf(item.nodes).map((site) => (
    <Panel
      key={site.name}
      title={site.kind === undefined ? "Nodes" : `${site.kind === "zone" ? "Zone" : "Region"} ${site.name}`}
      hint={site.nodes.length}
      aside={
        site.kind === undefined ? null : (
          <Link href={hrefOf(`${site.kind}:${site.name}`)} scroll={false} className="link">
            What if {site.name} goes?
          </Link>
        )
      }
    >
      <SiteTable site={site} whatIf={whatIf} hrefOf={hrefOf} />
    </Panel>
  ));
}

type SiteTableProps = Readonly<{ site: Site; whatIf: string | undefined; hrefOf: (whatIf: string) => string }>;

function SiteTable({ site, whatIf, hrefOf }: SiteTableProps): ReactNode {
  return (
    <Table
      caption={site.name === "" ? "Nodes" : `Nodes of ${site.name}`}
      columns={[
        { label: "Node", width: "22%" },
        { label: "State", width: "16%" },
        { label: "Requested", width: "26%" },
        { label: "Runs here" },
        { label: "What if", hidden: true, width: "104px" },
      ]}
    >
      {site.nodes.map((node) => {
        const loss = `node:${node.name}`;
        const isChosen = loss === whatIf || `${site.kind}:${site.name}` === whatIf;
        return (
          <TableRow key={node.name} data-node={node.name} isChosen={isChosen}>
            <NameCell name={node.name} detail={node.roles.join(", ") || "worker"} />
            <Cell label="State">
              <NodeState node={node} />
            </Cell>
            <Cell label="Requested">
              <Requested node={node} />
            </Cell>
            <Cell label="Runs here">
              <RunsHere node={node} />
            </Cell>
            <Cell label="">
              <Link href={hrefOf(loss)} scroll={false} className="link whitespace-nowrap">
                What if it goes?
              </Link>
            </Cell>
          </TableRow>
        );
      })}
    </Table>
  );
}

function NodeState({ node }: Readonly<{ node: PlacedNode }>): ReactNode {
  const { tone, word } = nodeState(node);
  return (
    <span className="flex flex-col items-start gap-1 card:items-end">
      <State tone={tone} word={word} />
      {node.isCordoned && word !== "cordoned" ? <span className="text-dim">cordoned</span> : null}
      {node.taints.map((taint) => (
        <span key={taint} className="font-mono text-faint text-small outside">
          {taint}
        </span>
      ))}
    </span>
  );
}

function Requested({ node: { load, allocatable } }: Readonly<{ node: PlacedNode }>): ReactNode {
  if (load === null) {
    return <Unknown>not known</Unknown>;
  }
  const { cpuCores, memoryBytes, pods } = load.requested;
  return (
    <span className="flex w-full min-w-40 flex-col gap-1">
      <Amount label="CPU" resource="cpu" requested={cpuCores} of={allocatable.cpuCores} />
      <Amount label="Mem" resource="memory" requested={memoryBytes} of={allocatable.memoryBytes} />
      <Amount label="Pods" resource="pods" requested={pods} of={allocatable.pods} />
    </span>
  );
}

type AmountProps = Readonly<{ label: string; resource: string; requested: number; of: number }>;

function Amount({ label, resource, requested, of }: AmountProps): ReactNode {
  const share = of > 0 ? requested / of : 1;
  return (
    <Meter
      label={label}
      words={`${amountWords(resource, requested, false)} / ${amountWords(resource, of, true)}`}
      limit={of}
      layers={[{ name: "requested", value: requested, tone: share >= 0.95 ? "look" : "accent" }]}
    />
  );
}

function RunsHere({ node: { load } }: Readonly<{ node: PlacedNode }>): ReactNode {
  if (load === null) {
    return <Unknown>not known</Unknown>;
  }
  const { services, others } = load;
  return (
    <span className="flex flex-wrap gap-1 card:justify-end">
      {services.map(({ namespace, service, pods, ready }) => (
        <Tag
          key={`${namespace}/${service}`}
          kind={ready < pods ? "look" : "outline"}
          shape
          title={`${ready} of ${pods} ready`}
        >
          {service} {ready}/{pods}
        </Tag>
      ))}
      {services.length === 0 ? <span className="text-faint">nothing of it</span> : null}
      {others > 0 ? <span className="text-faint">and {others} of others</span> : null}
    </span>
  );
}
