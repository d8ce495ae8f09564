import { beforeEach, describe, expect, it } from "vitest";
import { denied, EVERYTHING, type SeenGx, seeGx } from "#lib/testing/gx.ts";
import { listServices } from "./queries.ts";

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
