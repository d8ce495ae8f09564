import { parseDocument } from "yaml";
import { z } from "zod";
import type { FailureKind } from "#cluster/stages.ts";
import { read } from "#e2e/fixtures/caller.ts";
import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import type { Desk } from "#e2e/fixtures/desk.ts";
import type { House } from "#e2e/fixtures/house.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { deploymentsByName, fileAt, heads, recordOfRequest, requestInSql } from "#e2e/fixtures/truth.ts";
import { overviewOf } from "#e2e/pages/overview-page.ts";
import { requestOf } from "#e2e/pages/request-page.ts";

const service = "onramp";
const quotaFile = "environments/live/quota.yaml";

const failures: readonly { failure: FailureKind; code: string; words: RegExp }[] = [
  {
    failure: "image-pull",
    code: "image",
    words: /onramp-\S+ cannot pull the image of onramp \((ErrImagePull|ImagePullBackOff)\)/,
  },
  { failure: "crash-loop", code: "crash_loop", words: /onramp-\S+ does not stay up .*exit code 1, [1-9]\d* restarts?/ },
];

for (const { failure, code, words } of failures) {
  test(`a rollout that is stuck by ${failure} is named, ends as failed on record, and can be rolled back`, async ({
    house,
    desk,
    pageOf,
  }) => {
    await levelled(house, desk);
    const before = await deploymentsByName(house.controlPlane, "gravv-live");
    await releaseToDev(house, { service, failure });
    const requestId = await desk.startPromotion();
    const request = requestOf(await pageOf("operator", `/requests/${requestId}`));

    await expect(request.rollout.getByRole("listitem").filter({ hasText: service })).toContainText(words);
    // After its first crash a container runs again for a moment, in which nothing is stuck yet.
    await expect
      .poll(() => rolloutOf(house, desk), { timeout: 30_000 })
      .toMatchObject({ state: "stuck", reason: { code } });

    const { state, operation } = await desk.ended(requestId);
    expect(state).toBe("approved");
    expect(operation).toMatchObject({ state: "failed", outcome: expect.stringMatching(words) });
    expect(operation?.outcome).toContain("Merged, but the rollout is stuck.");
    await expect(request.main.getByRole("alert")).toContainText(words);
    expect((await recordOfRequest(house.database, requestId)).at(-1)).toMatchObject({
      actor: "system:gatehouse",
      action: "promotion.failed",
      outcome: "failed",
      detail: { outcome: expect.stringMatching(words) },
    });

    const rollback = await desk.ended(await desk.startRollback());
    expect(rollback.operation, rollback.operation?.outcome ?? "").toMatchObject({ state: "succeeded" });
    expect((await deploymentsByName(house.controlPlane, "gravv-live")).get(service)).toMatchObject({
      image: before.get(service)?.image,
      isRolledOut: true,
    });
    await releaseToDev(house, { service });
  });
}

test("a rollout that the quota stops names the quota with its numbers, and rolling back ends it at once", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const before = await deploymentsByName(house.controlPlane, "gravv-live");
  const pods = [...before.values()].reduce((sum, one) => sum + one.desired, 0);
  const quota = await fileAt(house.repository, "dev", quotaFile);
  const document = parseDocument(quota);
  document.setIn(["spec", "hard", "pods"], String(pods));
  await releaseToDev(house, { service, files: { [quotaFile]: document.toString({ lineWidth: 0 }) } });
  const page = await pageOf("operator");
  const requestId = await desk.startPromotion();
  const words = new RegExp(`quota environment .*needs pods=1, in use pods=${pods}, limit pods=${pods}`);

  await expect(overviewOf(page).service(service)).toContainText(words);
  await expect(overviewOf(page).service(service)).toContainText(/stuck.* quota/);
  // The cluster may show what was merged before the operation has put down that it merged; until then it gives way to nobody.
  await expect
    .poll(async () => (await requestInSql(house.database, requestId)).operation?.steps)
    .toContainEqual(expect.objectContaining({ name: "Roll out", state: "running" }));
  const rollbackId = await desk.startRollback();

  expect(await requestInSql(house.database, requestId)).toMatchObject({
    operation: { state: "failed", outcome: "Ended while rolling out: operator rolled it back" },
  });
  expect(
    (await recordOfRequest(house.database, requestId)).filter(({ action }) => action === "promotion.failed"),
  ).toEqual([expect.objectContaining({ actor: "operator", outcome: "failed" })]);
  const rollback = await desk.ended(rollbackId);
  expect(rollback.operation, rollback.operation?.outcome ?? "").toMatchObject({ state: "succeeded" });
  const after = await deploymentsByName(house.controlPlane, "gravv-live");
  expect(after.get(service)).toMatchObject({
    image: before.get(service)?.image,
    revision: (await heads(house.repository)).main,
    isRolledOut: true,
  });
  await expect(overviewOf(page).service(service)).toContainText("done");
  await releaseToDev(house, { service, files: { [quotaFile]: quota } });
});

const Rollouts = z.object({
  items: z.array(z.object({ name: z.string(), state: z.string(), reason: z.object({ code: z.string() }).nullable() })),
});

async function rolloutOf(house: House, desk: Desk) {
  const path = "/api/v1/rollouts?environment=gravv%2Flive";
  const { items } = await read(house.url, await desk.cookie("viewer"), path, Rollouts);
  return items.find(({ name }) => name === service);
}
