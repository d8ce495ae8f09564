import { beforeEach, describe, expect, it } from "vitest";
import { denied, EVERYTHING, type SeenGx, seeGx } from "#lib/testing/gx.ts";
import { listEnvironments, listServices } from "./queries.ts";

const NOON = new Date("2026-11-21T12:00:00.000Z");

let seen: SeenGx;

beforeEach(() => {
  seen = seeGx(() => NOON);
  seen.view.stop();
  seen.putSource("ok");
  seen.view.flush();
});

describe("the services", () => {
  it("say which kinds cannot be seen, so that an empty list of them is no evidence", () => {
    expect(listServices(seen.runtime, EVERYTHING)).toMatchObject({ items: [], unknown: [] });
    seen.putSource("ok", [denied("Deployment")]);
    expect(listServices(seen.runtime, EVERYTHING)).toMatchObject({
      items: [],
      unknown: ["Cluster gx does not let Gatehouse read Deployment since 11:00 UTC: what depends on it is not known."],
    });
  });
});

describe("the environments", () => {
  it("are judged by their scheduled work too", () => {
    seen.put("CronJob", {
      metadata: { uid: "b", namespace: "mainnet", name: "backup", creationTimestamp: "2026-11-20T00:00:00Z" },
      spec: { schedule: "no schedule" },
    });
    seen.view.flush();
    const [mainnet, testnet] = listEnvironments(seen.runtime, EVERYTHING).items;
    expect(mainnet?.health.reasons).toContainEqual(expect.stringMatching(/^backup: no schedule is no schedule/));
    expect(testnet?.health.reasons.join()).not.toContain("backup");
  });
});
