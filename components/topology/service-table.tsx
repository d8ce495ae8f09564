"use client";

import type { ReactNode } from "react";
import { State, Unknown } from "#components/ui/status.tsx";
import { Cell, NameCell, Table, TableRow } from "#components/ui/table.tsx";
import type { DrawnEdge } from "#lib/topology/queries.ts";
import { edgeWords, nameOf, type ShownNode, stateOf } from "./topology-words.ts";

type ServiceTableProps = Readonly<{
  shown: readonly ShownNode[];
  edges: readonly DrawnEdge[];
  chosen: string | undefined;
  hrefOf: (id: string) => string;
}>;

/** All that the picture shows, in words: what each is, how it stands, whom it calls and who calls it. */
export function ServiceTable({ shown, edges, chosen, hrefOf }: ServiceTableProps): ReactNode {
  const names = new Map(shown.map(({ node }) => [node.id, nameOf(node)]));
  return (
    <Table
      caption="Who calls whom"
      columns={[
        { label: "State", width: "15%" },
        { label: "Name", width: "22%" },
        { label: "Calls" },
        { label: "Called by" },
        { label: "Pods", align: "right", width: "96px" },
      ]}
    >
      {shown.map((one) => (
        <TableRow
          key={one.node.id}
          data-node={one.node.id}
          isBroken={one.health?.state === "crit"}
          isChosen={one.node.id === chosen}
        >
          <Cell label="State">
            <NodeState shown={one} />
          </Cell>
          <NameCell name={nameOf(one.node)} href={hrefOf(one.node.id)} />
          <Cell label="Calls">
            <Others
              others={edges.filter(({ from }) => from === one.node.id).map((edge) => ({ id: edge.to, edge }))}
              names={names}
              none={one.node.kind === "service" ? "nobody" : "–"}
            />
          </Cell>
          <Cell label="Called by">
            <Others
              others={edges.filter(({ to }) => to === one.node.id).map((edge) => ({ id: edge.from, edge }))}
              names={names}
              none={one.node.kind === "entry" ? "–" : "nobody"}
              withoutPort
            />
          </Cell>
          <Cell label="Pods" align="right" quiet={one.pods === null}>
            <Pods shown={one} />
          </Cell>
        </TableRow>
      ))}
    </Table>
  );
}

/** How a node stands, or what it is where that is all that is known of it. */
export function NodeState({ shown }: Readonly<{ shown: ShownNode }>): ReactNode {
  const { tone, word } = stateOf(shown);
  return tone === "plain" || tone === "accent" ? (
    <span className="text-dim">{word}</span>
  ) : (
    <State tone={tone} word={word} because={shown.health?.reasons.join("; ")} />
  );
}

function Pods({ shown }: Readonly<{ shown: ShownNode }>): ReactNode {
  const { pods, health } = shown;
  if (pods === null) {
    return <span className="text-faint">–</span>;
  }
  const words = `${pods.ready} / ${pods.desired}`;
  return health?.state === "unknown" ? <Unknown because={`last known: ${words}`}>?</Unknown> : words;
}

type OthersProps = Readonly<{
  others: readonly Readonly<{ id: string; edge: DrawnEdge }>[];
  names: ReadonlyMap<string, string>;
  /** What is said where there are none; of what lies outside it is not known whom it calls. */
  none: string;
  withoutPort?: boolean | undefined;
}>;

function Others({ others, names, none, withoutPort }: OthersProps): ReactNode {
  if (others.length === 0) {
    return <span className="text-faint">{none}</span>;
  }
  const words = others.map(({ id, edge }) => {
    const name = names.get(id) ?? id;
    return withoutPort ? name : edgeWords(name, edge);
  });
  return <span className="text-dim outside">{[...new Set(words)].join(", ")}</span>;
}
