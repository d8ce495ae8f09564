import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import type { Rollout, WorkloadRow } from "#lib/rollouts/model.ts";
import type { DrawnNode } from "#lib/topology/queries.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import { detailOf, evidenceWords, nameOf, shownNodes, stateOf, topologyWords } from "./topology-words.ts";

const FRESH: SourceRow = { id: "kubernetes:c", state: "ok", since: "2026-11-21T10:00:00.000Z", message: null };
const STALE: SourceRow = { ...FRESH, state: "stale" };

function node(name: string, changes: Partial<DrawnNode> = {}): DrawnNode {
  return {
    id: `live/${name}`,
    kind: "service",
    name,
    namespace: "live",
    environment: null,
    workloads: [`c/${name}`],
    health: null,
    x: 0,
    y: 0,
    ...changes,
  };
}

function row(name: string, rollout: Partial<Rollout> = {}): [string, WorkloadRow] {
  const id = `c/${name}`;
  return [
    id,
    {
      id,
      environment: "bank/live",
      cluster: "c",
      namespace: "live",
      kind: "Deployment",
      name,
      service: name,
      revision: null,
      rolloutRevision: null,
      changeCause: null,
      rollout: { state: "done", reason: null, desired: 2, updated: 2, ready: 2, available: 2, ...rollout },
    },
  ];
}

const STUCK: Partial<Rollout> = {
  state: "stuck",
  reason: { code: "image", message: "it cannot pull its image" },
  ready: 1,
};
const NODES = [node("gateway"), node("ledger"), node("wallet")];
const item = { environment: "bank/live", edges: [], findings: [], unknown: [] };
const said = (words: ReturnType<typeof topologyWords>) => [words.title, plainWords(words.lead)];

describe("the page begins", () => {
  it("with what is broken, why, and who calls it", () => {
    const shown = shownNodes(NODES, new Map([row("gateway"), row("ledger", STUCK), row("wallet")]), FRESH);
    const edges = ["gateway", "wallet"].map((from) => ({
      from: `live/${from}`,
      to: "live/ledger",
      port: 80,
      evidence: [],
      points: [],
    }));
    expect(said(topologyWords({ ...item, edges }, shown))).toEqual([
      "1 of 3 services of bank/live is broken.",
      "ledger: stuck: it cannot pull its image; called by gateway and wallet.",
    ]);
  });

  it("with that all is well, and then with what is not as it should be", () => {
    const shown = shownNodes(NODES, new Map(NODES.map(({ name }) => row(name))), FRESH);
    const finding = { code: "unresolved_host", severity: "warn", subject: "a → b", message: "a calls b" } as const;
    expect(said(topologyWords({ ...item, findings: [finding, finding] }, shown))).toEqual([
      "All 3 services of bank/live run.",
      "a calls b; and 1 more finding.",
    ]);
  });

  it("with what runs, and with what is scaled to 0, which does not", () => {
    const none = { desired: 0, updated: 0, ready: 0, available: 0 };
    const words = (...idle: string[]) => {
      const rows = NODES.map(({ name }) => row(name, idle.includes(name) ? none : {}));
      return said(topologyWords(item, shownNodes(NODES, new Map(rows), FRESH)));
    };
    expect(words("wallet")).toEqual(["2 of 3 services of bank/live run.", "wallet is scaled to 0: no pod of it runs."]);
    expect(words("gateway", "ledger", "wallet")).toEqual([
      "0 of 3 services of bank/live run.",
      "gateway, ledger and wallet are scaled to 0: no pod of them runs.",
    ]);
  });

  it("with what is not known, and never that all is well, where the cluster is not seen", () => {
    const shown = shownNodes(NODES, new Map(NODES.map(({ name }) => row(name))), STALE);
    const unknown = ["Cluster c has not answered since 10:00 UTC: this is what was last seen."];
    expect(said(topologyWords({ ...item, unknown }, shown))).toEqual([
      "How the services of bank/live stand is not known.",
      unknown[0],
    ]);
  });
});

it("nodes come worst first, services before what lies around them, except a name that leads nowhere", () => {
  const around = (["outside", "entry", "missing", "elsewhere"] as const).map((kind) =>
    node(kind, { kind, workloads: [], namespace: kind === "elsewhere" ? "other" : null }),
  );
  const rows = new Map([row("gateway"), row("ledger", STUCK), row("wallet", { state: "progressing" })]);
  expect(shownNodes([...around, ...NODES], rows, FRESH).map((one) => one.node.name)).toEqual([
    "ledger",
    "wallet",
    "gateway",
    "missing",
    "entry",
    "elsewhere",
    "outside",
  ]);
});

it("a service of several workloads stands as the worst of them, with all their pods", () => {
  const both = node("ledger", { workloads: ["c/ledger", "c/worker"] });
  const [shown] = shownNodes([both], new Map([row("ledger"), row("worker", STUCK)]), FRESH);
  expect(shown?.health?.state).toBe("crit");
  expect(shown && detailOf(shown)).toBe("3 of 4 ready");
});

it("no number of pods stands on a node that is not seen", () => {
  const [shown] = shownNodes([node("ledger")], new Map([row("ledger")]), STALE);
  expect(shown && detailOf(shown)).toBe("not known");
});

it("what lies elsewhere is named with its namespace and its environment, where that may be seen", () => {
  const elsewhere = node("ledger", {
    kind: "elsewhere",
    namespace: "sandbox",
    environment: "bank/sandbox",
    workloads: [],
  });
  const [seen] = shownNodes([elsewhere], new Map(), FRESH);
  const [hidden] = shownNodes([{ ...elsewhere, environment: null }], new Map(), FRESH);
  expect(seen && [nameOf(seen.node), stateOf(seen).word]).toEqual(["ledger.sandbox", "bank/sandbox"]);
  expect(hidden && stateOf(hidden).word).toBe("in sandbox");
});

it("evidence beside its caller is the variable alone, with the ConfigMap that it comes from", () => {
  const setting = {
    kind: "setting",
    name: "URL",
    workload: "Deployment a",
    container: "main",
    configMap: null,
  } as const;
  expect([
    evidenceWords(setting),
    evidenceWords({ ...setting, configMap: "all" }),
    evidenceWords({ kind: "declared" }),
  ]).toEqual(["URL", "URL from ConfigMap all", "declared in gatehouse.yaml"]);
});
