import { describe, expect, it } from "vitest";
import type { Person } from "#lib/access/model.ts";
import { parseEstate } from "#lib/estate/load.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { deliverable, promotable } from "./queries.ts";

const FILE = `version: 1
clusters: [{ id: one, kubeconfig: one.yaml }]
platforms:
  - id: airpay
    name: Airpay
    environments:
      - { id: staging, tier: sandbox, cluster: one, namespaces: [staging] }
      - { id: production, tier: live, cluster: one, namespaces: [production], after: staging }
  - id: gravv
    name: Gravv
    repository: { url: gravv.git, services: services }
    revisionAnnotation: example.com/revision
    environments:
      - { id: local, tier: sandbox, cluster: one, namespaces: [local] }
      - { id: live, tier: live, cluster: one, namespaces: [live], branch: main, paths: [services], after: local }
`;
const runtime = { estate: parseEstate(FILE, "gatehouse.yaml", () => undefined) };
const sees = (environment: string): Person => ({
  account: "operator",
  emails: [],
  groups: [],
  grants: [{ role: "operator", environments: [environment] }],
});

function refusal(attempt: () => unknown): [string, string] | undefined {
  try {
    attempt();
  } catch (failure) {
    if (failure instanceof GatehouseError) {
      return [failure.code, failure.message];
    }
    throw failure;
  }
  return undefined;
}

describe("an environment that Gatehouse only watches", () => {
  const said = [
    "invalid",
    "Gatehouse does not deliver Airpay yet: it watches airpay/production, and promotes or rolls back nothing there.",
  ];

  it("is neither promoted into nor rolled back, and says so", () => {
    expect(refusal(() => promotable(runtime, sees("*"), "airpay/production"))).toEqual(said);
    expect(refusal(() => deliverable(runtime, sees("*"), "airpay/production"))).toEqual(said);
  });

  it("says so only to those who may know of it", () => {
    const hidden = ["not_found", "There is no such environment."];
    expect(refusal(() => promotable(runtime, sees("gravv/*"), "airpay/production"))).toEqual(hidden);
    expect(refusal(() => deliverable(runtime, sees("gravv/*"), "airpay/production"))).toEqual(hidden);
  });

  it("is nothing that a release can come from", () => {
    expect(refusal(() => promotable(runtime, sees("*"), "gravv/live"))).toEqual([
      "invalid",
      "Nothing is promoted into gravv/live: it comes after no environment that Gatehouse delivers.",
    ]);
    expect(deliverable(runtime, sees("*"), "gravv/live").environment.delivery.branch).toBe("main");
  });
});
