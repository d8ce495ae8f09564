import "server-only";
import { Graph, layout } from "@dagrejs/dagre";
import type { TopologyEdge, TopologyNode } from "./model.ts";

/** Everything is in px of the drawing's own space; its upper left corner is 0, 0. */
export type Point = Readonly<{ x: number; y: number }>;
/** The upper left corner of a node. */
export type Spot = Point;

/** Where all is drawn. */
export type Layout = Readonly<{
  width: number;
  height: number;
  nodeWidth: number;
  nodeHeight: number;
  spots: ReadonlyMap<string, Spot>;
  /** The bends of each line between two nodes, by `edgeKey`, from end to end. */
  lines: ReadonlyMap<string, readonly Point[]>;
}>;

const NODE_WIDTH = 168;
const NODE_HEIGHT = 52;
const BETWEEN_LAYERS = 72;
const BETWEEN_NODES = 20;
const BETWEEN_LINES = 8;
const MARGIN = 16;
/** Nodes that nothing leads to or from stand below the others, this many in a row. */
const LONE_IN_A_ROW = 5;

/** Edges between the same two nodes are one line, whatever their ports. */
export function edgeKey({ from, to }: Pick<TopologyEdge, "from" | "to">): string {
  return `${from} ${to}`;
}

/**
 * Layers from left to right, callers before those they call; the same topology is always laid out alike. Nodes and edges come
 * sorted, so that a small change moves little.
 */
export function layoutOf(nodes: readonly TopologyNode[], edges: readonly TopologyEdge[]): Layout {
  const joined = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const linked = layered(
    nodes.filter(({ id }) => joined.has(id)),
    edges,
  );
  const below = linked.spots.size === 0 ? MARGIN : linked.height + BETWEEN_NODES;
  const lone = nodes
    .filter(({ id }) => !joined.has(id))
    .map(({ id }, index): [string, Spot] => [id, loneSpot(index, below)]);
  const spots = new Map([...linked.spots, ...lone]);
  return {
    width: Math.max(linked.width, ...lone.map(([, { x }]) => x + NODE_WIDTH)) + MARGIN,
    height: Math.max(linked.height, ...lone.map(([, { y }]) => y + NODE_HEIGHT)) + MARGIN,
    nodeWidth: NODE_WIDTH,
    nodeHeight: NODE_HEIGHT,
    spots,
    lines: linked.lines,
  };
}

type Layered = Pick<Layout, "width" | "height" | "spots" | "lines">;

function layered(nodes: readonly TopologyNode[], edges: readonly TopologyEdge[]): Layered {
  const graph = new Graph({ directed: true, multigraph: false });
  graph.setGraph({
    rankdir: "LR",
    ranksep: BETWEEN_LAYERS,
    nodesep: BETWEEN_NODES,
    edgesep: BETWEEN_LINES,
    acyclicer: "greedy",
  });
  const outside = new Set(nodes.filter(({ kind }) => kind === "outside").map(({ id }) => id));
  for (const { id } of nodes) {
    graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  }
  for (const { from, to } of edges) {
    // What all call, such as one broker, must not pull the services out of line.
    graph.setEdge(from, to, { weight: outside.has(to) ? 1 : 4 });
  }
  layout(graph);
  const corners = nodes.map(({ id }) => ({ id, corner: cornerOf(graph.node(id)) }));
  const layers = new Set(nodes.map(({ id }) => Math.round(graph.node(id).x ?? 0)));
  const bends = edges.map((edge) => ({
    key: edgeKey(edge),
    points: fromSideToSide(
      graph.node(edge.from),
      graph.node(edge.to),
      graph
        .edge(edge.from, edge.to)
        .points.slice(1, -1)
        .filter(({ x }: Point) => layers.has(Math.round(x))),
    ),
  }));
  // Lines may run beyond all nodes, on any side.
  const points = [
    ...bends.flatMap((line) => line.points),
    ...corners.flatMap(({ corner: { x, y } }) => [
      { x, y },
      { x: x + NODE_WIDTH, y: y + NODE_HEIGHT },
    ]),
  ];
  const left = Math.min(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  const moved = ({ x, y }: Point): Point => ({ x: Math.round(x - left + MARGIN), y: Math.round(y - top + MARGIN) });
  return {
    width: Math.max(0, ...points.map((point) => moved(point).x)),
    height: Math.max(0, ...points.map((point) => moved(point).y)),
    spots: new Map(corners.map(({ id, corner }) => [id, moved(corner)])),
    lines: new Map(bends.map((line) => [line.key, line.points.map(moved)])),
  };
}

/** Lines leave a node at one side, lead straight through the layers between, and arrive at the near side of the next. */
function fromSideToSide(from: Placed, to: Placed, through: readonly Point[]): Point[] {
  const isForward = (from.x ?? 0) < (to.x ?? 0);
  const half = (isForward ? NODE_WIDTH : -NODE_WIDTH) / 2;
  const between = through.flatMap(({ x, y }) => [
    { x: x - half, y },
    { x: x + half, y },
  ]);
  return [{ x: (from.x ?? 0) + half, y: from.y ?? 0 }, ...between, { x: (to.x ?? 0) - half, y: to.y ?? 0 }];
}

type Placed = Readonly<{ x?: number; y?: number }>;

function cornerOf({ x = 0, y = 0 }: Placed): Spot {
  return { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 };
}

function loneSpot(index: number, top: number): Spot {
  return {
    x: MARGIN + (index % LONE_IN_A_ROW) * (NODE_WIDTH + BETWEEN_NODES),
    y: top + Math.floor(index / LONE_IN_A_ROW) * (NODE_HEIGHT + BETWEEN_NODES),
  };
}
