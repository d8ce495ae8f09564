import { z } from "zod";
import { act, newKey } from "#e2e/fixtures/caller.ts";
import { atRest } from "#e2e/fixtures/commits.ts";
import { type Desk, live } from "#e2e/fixtures/desk.ts";
import type { House } from "#e2e/fixtures/house.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { deploymentsByName, recordOfRequest, requestInSql } from "#e2e/fixtures/truth.ts";
import { requestOf } from "#e2e/pages/request-page.ts";

const workload = { kind: "Deployment", namespace: "gravv-live", name: "identity" };
const why = "It has stood still for ten minutes.";

test("an operation that stands still is looked at again and then no longer waited for, by a person on its page, on record", async ({
  house,
  desk,
  pageOf,
}) => {
  await atRest(house);
  const before = (await deploymentsByName(house.controlPlane, workload.namespace)).get(workload.name);
  // Nobody replaces any pod, and nobody says that it is stuck.
  const controllers = house.controlPlane.part("kube-controller-manager");
  controllers.pause();
  const requestId = await restarting(house, desk);
  await beginsEarlier(house, requestId);
  const request = requestOf(await pageOf("operator-2", `/requests/${requestId}`));

  const held = await fenceOf(house, requestId);
  await request.takeOver("Have it looked at again", "Look again", why);
  await expect.poll(() => fenceOf(house, requestId)).toBeGreaterThanOrEqual(held + 2);
  expect((await requestInSql(house.database, requestId)).operation).toMatchObject({ state: "running" });

  await request.takeOver("Stop waiting", "Stop waiting", why);
  await expect(request.main).toContainText("operator-2 stopped it");
  controllers.resume();

  const { operation } = await requestInSql(house.database, requestId);
  expect(operation).toMatchObject({
    state: "failed",
    outcome: `No longer waited for: operator-2 stopped it (${why}). What was changed stays changed`,
  });
  const record = await recordOfRequest(house.database, requestId);
  // Approving is refused until the fresh sign-in is there, which is on record too.
  const done = record.filter(({ outcome }) => outcome !== "refused");
  expect(done.map((row) => [row.actor, row.action, row.outcome])).toEqual([
    ["operator", "restart.requested", "accepted"],
    ["operator-2", "request.approved", "accepted"],
    ["operator-2", "restart.started", "accepted"],
    ["operator-2", "operation.taken-over", "accepted"],
    ["operator-2", "restart.failed", "failed"],
  ]);
  await atRest(house);
  expect((await deploymentsByName(house.controlPlane, workload.namespace)).get(workload.name)).toMatchObject({
    generation: (before?.generation ?? 0) + 1,
  });
});

const Asked = z.object({ ok: z.literal(true), value: z.object({ requestId: z.string() }) });

/** A restart that the cluster has been asked for and that is followed now. */
async function restarting(house: House, desk: Desk): Promise<string> {
  const { digest } = await desk.previewRestart("operator", workload);
  const asked = await act(house.url, await desk.cookie("operator"), "restartAction", {
    environment: live,
    workload,
    digest,
    reason: "It holds on to connections that are dead.",
    idempotencyKey: newKey(),
  });
  const { requestId } = Asked.parse(asked).value;
  expect(await desk.approve("operator-2", requestId)).toMatchObject({ ok: true });
  await expect
    .poll(async () => (await requestInSql(house.database, requestId)).operation?.steps, { timeout: 20_000 })
    .toContainEqual(expect.objectContaining({ name: "Roll out", state: "running" }));
  return requestId;
}

/** The page offers to take over what runs for longer than most do. */
async function beginsEarlier({ database }: House, requestId: string): Promise<void> {
  await database.query(
    `UPDATE "Operation" SET "startedAt" = "startedAt" - interval '1 minute' WHERE "requestId" = $1`,
    [requestId],
  );
}

const Fence = z.tuple([z.object({ fence: z.number() })]);

async function fenceOf({ database }: House, requestId: string): Promise<number> {
  const { rows } = await database.query(`SELECT fence FROM "Operation" WHERE "requestId" = $1`, [requestId]);
  return Fence.parse(rows)[0].fence;
}
