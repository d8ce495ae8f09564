import { beforeEach, describe, expect, it } from "vitest";
import { denied, EVERYTHING, type SeenGx, seeGx, unreadable } from "#lib/testing/gx.ts";
import { readDrift } from "./queries.ts";

let runtime: SeenGx["runtime"];
let putSource: SeenGx["putSource"];

beforeEach(() => {
  const seen = seeGx(() => new Date("2026-11-21T12:00:00.000Z"));
  ({ runtime, putSource } = seen);
  seen.view.stop();
  putSource("ok");
  const metadata = { namespace: "mainnet", name: "only" };
  seen.put("ConfigMap", { metadata: { ...metadata, uid: "m" }, data: {} });
  seen.put("NetworkPolicy", { metadata: { ...metadata, uid: "n" }, spec: { podSelector: {} } });
  seen.put("PodDisruptionBudget", { metadata: { ...metadata, uid: "b" }, spec: {} });
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet"] as const) {
    seen.put(kind, { metadata: { ...metadata, uid: kind }, spec: { template: { spec: { containers: [] } } } });
  }
});

const read = () => readDrift(runtime, EVERYTHING, { environment: "gx/mainnet" }).items[0];

describe("drift", () => {
  it("is everything that one alone has, where everything is known", () => {
    expect(read()).toMatchObject({ drift: [{}, {}, {}, {}, {}, {}], unknown: [] });
  });

  it.each(["Deployment", "StatefulSet", "DaemonSet", "ConfigMap", "NetworkPolicy", "PodDisruptionBudget"])(
    "says nothing of %s but that it is not known, where it is refused or cannot be read",
    (kind) => {
      for (const gap of [denied(kind), unreadable(kind, "testnet/only")]) {
        putSource("ok", [gap]);
        expect(read()?.unknown).toEqual([expect.stringMatching(/^Cluster gx .* differ is not known\.$/)]);
        expect(
          read()
            ?.drift.map(({ subject, name }) => `${subject} ${name}`)
            .filter((one) => one.includes(kind)),
        ).toEqual([]);
        expect(read()?.drift).toHaveLength(5);
      }
    },
  );

  it("says of both sides that it is of before, while their cluster is silent", () => {
    putSource("stale");
    expect(read()?.unknown).toEqual([
      "Cluster gx has not answered since 11:00 UTC: of gx/mainnet this is what was last seen.",
      "Cluster gx has not answered since 11:00 UTC: of gx/testnet this is what was last seen.",
    ]);
  });
});
