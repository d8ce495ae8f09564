"use client";

import { useRouter } from "next/navigation";
import { type KeyboardEvent, type MouseEvent, memo, type ReactNode, useId, useRef, useState } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { StatusMark } from "#components/ui/status.tsx";
import type { Accent } from "#components/ui/tone.ts";
import { Zoomable } from "#components/ui/zoomable.tsx";
import type { TopologyDrawing } from "#lib/topology/queries.ts";
import { curveThrough } from "./curve.ts";
import { ARROWS, neighbourOf } from "./neighbour.ts";
import { cutName, detailOf, nameOf, type ShownNode, stateOf } from "./topology-words.ts";

/** About what fits into a node, in characters. */
const MOST_NAME = 19;
const MOST_DETAIL = 24;

type ServiceGraphProps = Readonly<{
  item: TopologyDrawing;
  shown: readonly ShownNode[];
  /** The id of the node whose panel is open. */
  chosen: string | undefined;
  /** The page with that node's panel open. */
  hrefOf: (id: string) => string;
}>;

/** Who calls whom, callers at the left. The table beside it says the same in words. */
export function ServiceGraph({ item, shown, chosen, hrefOf }: ServiceGraphProps): ReactNode {
  const { width, height } = item.drawing;
  const router = useRouter();
  const [reached, setReached] = useState<string>();
  const links = useRef(new Map<string, Readonly<{ focus(): void }>>());
  const near = nearOf(item, chosen);
  const isIn = (id: string | undefined) => id !== undefined && item.nodes.some((node) => node.id === id);
  // One stop for the Tab key; the arrows lead on from there.
  const stop = [reached, chosen, item.nodes[0]?.id].find(isIn);

  // The worst comes first.
  const start = item.nodes.find(({ id }) => id === chosen) ?? shown[0]?.node;

  function walk(event: KeyboardEvent<SVGElement>): void {
    const arrow = ARROWS.find((key) => key === event.key);
    const next = arrow && stop && neighbourOf(item.nodes, stop, arrow);
    if (arrow !== undefined) {
      event.preventDefault();
    }
    if (next !== undefined && next !== "") {
      links.current.get(next)?.focus();
    }
  }

  function follow(event: MouseEvent, id: string): void {
    if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      router.push(hrefOf(id), { scroll: false });
    }
  }

  return (
    <Zoomable label="Picture of who calls whom" width={width} height={height} start={start}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className="block size-full"
        aria-label="Who calls whom, as a picture; the table says the same. Arrow keys lead from one to the next."
        onKeyDown={walk}
      >
        <Lines nodes={item.nodes} edges={item.edges} near={near} chosen={chosen} />
        {shown.map((one) => (
          <a
            key={one.node.id}
            ref={(link) => {
              if (link !== null) {
                links.current.set(one.node.id, link);
              }
              return () => {
                links.current.delete(one.node.id);
              };
            }}
            href={hrefOf(one.node.id)}
            tabIndex={one.node.id === stop ? 0 : -1}
            aria-label={`${nameOf(one.node)}: ${stateOf(one).word}, ${detailOf(one)}`}
            aria-current={one.node.id === chosen || undefined}
            onFocus={() => setReached(one.node.id)}
            onClick={(event) => follow(event, one.node.id)}
            className={classNames(
              "group/node outline-none",
              near !== undefined && !near.has(one.node.id) && "opacity-35",
            )}
          >
            <NodeBox shown={one} drawing={item.drawing} isChosen={one.node.id === chosen} />
          </a>
        ))}
      </svg>
    </Zoomable>
  );
}

/** What is chosen with all that it calls and that calls it; undefined where nothing is. */
function nearOf({ nodes, edges }: TopologyDrawing, chosen: string | undefined): ReadonlySet<string> | undefined {
  if (chosen === undefined || !nodes.some(({ id }) => id === chosen)) {
    return undefined;
  }
  const beside = edges.filter(({ from, to }) => from === chosen || to === chosen);
  return new Set([chosen, ...beside.flatMap(({ from, to }) => [from, to])]);
}

type LinesProps = Readonly<{
  nodes: TopologyDrawing["nodes"];
  edges: TopologyDrawing["edges"];
  near: ReadonlySet<string> | undefined;
  chosen: string | undefined;
}>;

/** Lines stay as they are while only health moves. */
const Lines = memo(function Lines({ nodes, edges, near, chosen }: LinesProps): ReactNode {
  const tip = useId();
  const outside = new Set(nodes.filter(({ kind }) => kind === "outside").map(({ id }) => id));
  const lines = new Map(edges.map((edge) => [`${edge.from} ${edge.to}`, edge]));
  return (
    <g fill="none">
      <marker id={tip} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
        <path d="M1 1 7 4 1 7" stroke="context-stroke" fill="none" strokeWidth="1.4" />
      </marker>
      {[...lines].map(([key, { from, to, points }]) => {
        const isNear = from === chosen || to === chosen;
        return (
          <path
            key={key}
            d={curveThrough(points)}
            markerEnd={`url(#${tip})`}
            strokeWidth={isNear ? 1.8 : 1.2}
            className={classNames(
              "transition-[stroke,opacity]",
              isNear ? "stroke-accent" : "stroke-line-strong",
              // What leaves the cluster is nearly always the same few hosts; it must not hide who calls whom within.
              !isNear && (near !== undefined ? "opacity-20" : outside.has(to) && "opacity-40"),
            )}
          />
        );
      })}
    </g>
  );
});

const STROKES: Readonly<Record<Accent, string>> = {
  fine: "stroke-line-strong",
  look: "stroke-warn",
  broken: "stroke-crit",
  unknown: "stroke-unknown",
  accent: "stroke-accent",
  plain: "stroke-line-strong",
};

type NodeBoxProps = Readonly<{ shown: ShownNode; drawing: TopologyDrawing["drawing"]; isChosen: boolean }>;

function NodeBox({ shown, drawing, isChosen }: NodeBoxProps): ReactNode {
  const { node } = shown;
  const { tone } = stateOf(shown);
  const hasMark = tone !== "plain" && tone !== "accent";
  const name = nameOf(node);
  return (
    <g transform={`translate(${node.x} ${node.y})`}>
      <title>{name}</title>
      <rect
        width={drawing.nodeWidth}
        height={drawing.nodeHeight}
        rx="10"
        strokeWidth={isChosen ? 2 : 1}
        strokeDasharray={node.kind === "service" && tone !== "unknown" ? undefined : "4 3"}
        className={classNames(
          "transition-[stroke] group-hover/node:fill-hover group-focus-visible/node:stroke-2 group-focus-visible/node:stroke-accent",
          node.kind === "service" ? "fill-surface" : "fill-bg",
          isChosen ? "stroke-accent" : STROKES[tone],
        )}
      />
      {hasMark ? (
        <svg x="12" y="13" width="11" height="11" overflow="visible" aria-hidden="true">
          <StatusMark tone={tone} size={11} />
        </svg>
      ) : null}
      <text x={hasMark ? 30 : 12} y="22" className="fill-text font-semibold text-[13px]">
        {cutName(name, hasMark ? MOST_NAME - 2 : MOST_NAME)}
      </text>
      <text x="12" y="40" className="fill-dim text-[12px]">
        {cutName(detailOf(shown), MOST_DETAIL)}
      </text>
    </g>
  );
}
