import { describe, expect, it } from "vitest";
import { edgeKey, layoutOf } from "./layout.ts";
import type { TopologyEdge, TopologyNode } from "./model.ts";

const node = (name: string): TopologyNode => ({
  id: `live/${name}`,
  kind: "service",
  name,
  namespace: "live",
  environment: null,
  workloads: [],
});
const edge = (from: string, to: string): TopologyEdge => ({
  from: `live/${from}`,
  to: `live/${to}`,
  port: 80,
  evidence: [{ kind: "declared" }],
});

const NODES = ["accounts", "gateway", "ledger", "postgres", "rates", "wallet"].map(node);
const EDGES = [
  edge("accounts", "postgres"),
  edge("gateway", "accounts"),
  edge("gateway", "ledger"),
  edge("gateway", "wallet"),
  edge("ledger", "postgres"),
  edge("wallet", "ledger"),
];
const spotOf = (name: string, layout = layoutOf(NODES, EDGES)) => layout.spots.get(`live/${name}`) ?? { x: 0, y: 0 };

describe("the layout", () => {
  it("is the same each time", () => {
    expect(layoutOf(NODES, EDGES)).toEqual(layoutOf(NODES, EDGES));
  });

  it("puts callers to the left of those they call", () => {
    for (const { from, to } of EDGES) {
      const { spots } = layoutOf(NODES, EDGES);
      expect(spots.get(from)?.x).toBeLessThan(spots.get(to)?.x ?? 0);
    }
  });

  it("lays no node over another, also where many call in circles and others nobody", () => {
    const names = Array.from({ length: 60 }, (_, at) => `s${at}`);
    const nodes = names.map(node);
    const edges = names.slice(0, 40).map((name, at) => edge(name, `s${(at * 7 + 3) % 40}`));
    const layout = layoutOf(
      nodes,
      edges.filter(({ from, to }) => from !== to),
    );
    const spots = [...layout.spots.values()];
    expect(spots).toHaveLength(60);
    const overlaps = spots.filter((a, at) =>
      spots
        .slice(at + 1)
        .some((b) => Math.abs(a.x - b.x) < layout.nodeWidth && Math.abs(a.y - b.y) < layout.nodeHeight),
    );
    expect(overlaps).toEqual([]);
    expect(
      spots.every(({ x, y }) => x + layout.nodeWidth <= layout.width && y + layout.nodeHeight <= layout.height),
    ).toBe(true);
  });

  it("draws a line for each pair of nodes with an edge, from end to end", () => {
    const { lines } = layoutOf(NODES, [...EDGES, { ...edge("gateway", "ledger"), port: 81 }]);
    expect([...lines.keys()]).toEqual(EDGES.map(edgeKey));
    const { x, y } = spotOf("gateway");
    expect(lines.get("live/gateway live/ledger")?.[0]).toEqual({ x: x + 168, y: y + 26 });
    expect(lines.get("live/gateway live/ledger")?.at(-1)).toMatchObject({ x: spotOf("ledger").x });
  });

  it("keeps every line within the drawing, also those that lead around all nodes", () => {
    const hosts = ["bank", "broker", "vault"].map((name) => ({ ...node(name), kind: "outside" as const }));
    const all = [...NODES, ...hosts];
    const edges = [...EDGES, ...NODES.flatMap(({ name }) => hosts.map((host) => edge(name, host.name)))];
    const { lines, width, height } = layoutOf(all, edges);
    const points = [...lines.values()].flat();
    expect(points.filter(({ x, y }) => x < 0 || y < 0 || x > width || y > height)).toEqual([]);
  });

  it("moves nothing when a service comes that nobody calls, nor between layers when one of them calls one more", () => {
    const more = layoutOf([...NODES, node("zeta")], EDGES);
    const called = layoutOf([...NODES, node("zeta")], [...EDGES, edge("wallet", "zeta")]);
    for (const { name } of NODES.filter(({ name }) => name !== "rates")) {
      expect(spotOf(name, more)).toEqual(spotOf(name));
      expect(spotOf(name, called).x).toBe(spotOf(name).x);
    }
  });

  it("of nothing is empty", () => {
    expect(layoutOf([], []).spots.size).toBe(0);
  });
});
