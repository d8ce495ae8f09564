import { exchange } from "#e2e/fixtures/caller.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { DETAILS, envelopeSchema, READS } from "#lib/http/schema.ts";

for (const [name, { item }] of Object.entries(READS)) {
  test(`GET /api/v1/${name} answers as it is described`, async ({ house, desk }) => {
    const cookie = await desk.cookie("operator");
    for (const query of ["", "?environment=gravv/live"]) {
      const answer = await exchange(house.url, { path: `/api/v1/${name}${query}`, headers: { Cookie: cookie } });
      expect(answer.status, answer.body.slice(0, 300)).toBe(200);
      const { items, sources } = envelopeSchema(item).parse(JSON.parse(answer.body));
      if (name !== "audit") {
        expect(sources.length, "it says whether its sources can be believed").toBeGreaterThan(0);
      }
      // Nothing needs to have happened in an environment yet, nor to be wrong with it.
      if (!["promotions", "requests", "posture"].includes(name) && !(name === "audit" && query !== "")) {
        expect(items.length, "there is something to answer with").toBeGreaterThan(0);
      }
    }
  });
}

test("the rollouts are read by kind, and a kind that there is not is refused, not answered with nothing", async ({
  house,
  desk,
}) => {
  const cookie = await desk.cookie("operator");
  const rollouts = (kind: string) =>
    exchange(house.url, { path: `/api/v1/rollouts?kind=${kind}`, headers: { Cookie: cookie } });
  for (const kind of ["CronJob", "Deployment"]) {
    const { items } = envelopeSchema(READS.rollouts.item).parse(JSON.parse((await rollouts(kind)).body));
    expect(new Set(items.map((item) => item.kind))).toEqual(new Set([kind]));
  }
  const refused = await rollouts("cronjob");
  expect(refused.status).toBe(400);
  expect(JSON.parse(refused.body)).toMatchObject({ code: "invalid", detail: expect.stringMatching(/^kind: /) });
});

test("what is asked for by its own query answers as it is described", async ({ house, desk }) => {
  const cookie = await desk.cookie("operator");
  const get = async (path: string) => {
    const answer = await exchange(house.url, { path: `/api/v1/${path}`, headers: { Cookie: cookie } });
    expect(answer.status, answer.body.slice(0, 300)).toBe(200);
    return JSON.parse(answer.body);
  };
  DETAILS.drift.answer.parse(await get("drift?environment=gravv/live"));
  const { hits } = DETAILS.search.answer.parse(await get("search?q=gateway"));
  const workload = hits.map(({ href }) => new URLSearchParams(href.split("?")[1]).get("workload")).find(Boolean);
  DETAILS["rollouts/workload"].answer.parse(await get(`rollouts/workload?id=${workload}`));
});

test("the description is there for whoever asks, and names the reads", async ({ house }) => {
  const answer = await exchange(house.url, { path: "/api/openapi.json" });
  expect(answer.status).toBe(200);
  expect(Object.keys(JSON.parse(answer.body).paths)).toEqual(
    expect.arrayContaining([...Object.keys(READS), ...Object.keys(DETAILS)].map((name) => `/api/v1/${name}`)),
  );
});
