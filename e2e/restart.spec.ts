import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { atRest } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { deploymentsByName, recordOfRequest, requestInSql } from "#e2e/fixtures/truth.ts";
import { changeDialogOf } from "#e2e/pages/change-dialog.ts";
import { atRequest, expectBlocked, requestOf } from "#e2e/pages/request-page.ts";

const namespace = "gravv-live";
const name = "webhooks";
const path = `/rollouts?restart=${encodeURIComponent(`gravv/live/Deployment/${namespace}/${name}`)}`;

const AuditLine = z.object({
  verb: z.string(),
  objectRef: z.object({ resource: z.string(), name: z.string().optional() }).optional(),
  impersonatedUser: z.object({ username: z.string(), groups: z.array(z.string()) }).optional(),
  user: z.object({ username: z.string() }),
});

const Pods = z.object({
  items: z.array(z.object({ metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().optional() }) })),
});

/** What the API server itself has written down about patches of the workload. */
async function patchesOnRecord(auditLog: string) {
  const lines = (await readFile(auditLog, "utf8")).trim().split("\n");
  return lines
    .map((line) => AuditLine.parse(JSON.parse(line)))
    .filter(
      ({ verb, objectRef }) => verb === "patch" && objectRef?.resource === "deployments" && objectRef.name === name,
    )
    .filter(({ user }) => user.username.includes("gatehouse"));
}

/** The uids of the workload's pods that are not on their way out, as kubectl has them now. */
async function podsOf(controlPlane: ControlPlane): Promise<string[]> {
  const { stdout } = await controlPlane.kubectl(
    ...["get", "pods", `--namespace=${namespace}`, `--selector=app.kubernetes.io/name=${name}`, "--output=json"],
  );
  return Pods.parse(JSON.parse(stdout))
    .items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.uid);
}

test.beforeEach(async ({ house }) => {
  await atRest(house);
});

test("an operator restarts a workload of live with a second person's word, in their own name, once", async ({
  house,
  pageOf,
}) => {
  const before = (await deploymentsByName(house.controlPlane, namespace)).get(name);
  const podsBefore = await podsOf(house.controlPlane);
  const page = await pageOf("operator", path);
  const dialog = changeDialogOf(page, "Restart");
  await expect(dialog.sheet).toContainText(`Deployment ${namespace}/${name}`);
  await expect(dialog.sheet).toContainText("operator, of gravv-operators");
  await dialog.why.fill("It holds on to connections that are dead.");
  await dialog.confirm.click();
  const requestId = await atRequest(page);
  const own = requestOf(page);
  await expectBlocked(own.approve, /You asked for this/);
  expect((await deploymentsByName(house.controlPlane, namespace)).get(name)).toEqual(before);

  const other = requestOf(await pageOf("operator-2", `/requests/${requestId}`));
  await other.approve.click();

  await expect(own.main).toContainText("restarted and rolled out", { timeout: 30_000 });
  const after = (await deploymentsByName(house.controlPlane, namespace)).get(name);
  expect(after).toMatchObject({ generation: (before?.generation ?? 0) + 1, isRolledOut: true, image: before?.image });
  const podsAfter = await podsOf(house.controlPlane);
  const { operation } = await requestInSql(house.database, requestId);
  const { stdout } = await house.controlPlane.kubectl(
    ...["get", "deployment", name, `--namespace=${namespace}`],
    "--output=jsonpath={.metadata.annotations.gatehouse\\.dev/operation-id}",
  );
  expect(stdout).toBe(operation?.id);
  expect((await patchesOnRecord(house.controlPlane.auditLog)).map(({ impersonatedUser }) => impersonatedUser)).toEqual([
    { username: "operator", groups: ["gravv-operators", "system:authenticated"] },
  ]);
  const kept = podsBefore.filter((pod) => podsAfter.includes(pod));
  expect([podsBefore.length, podsAfter.length, kept]).toEqual([before?.desired, before?.desired, []]);
  expect((await recordOfRequest(house.database, requestId)).map((row) => [row.actor, row.action])).toEqual([
    ["operator", "restart.requested"],
    ["operator-2", "request.approved"],
    ["operator-2", "restart.started"],
    ["system:gatehouse", "restart.succeeded"],
  ]);
});

test("whoever may not restart sees why, and cannot", async ({ house, pageOf }) => {
  const before = (await deploymentsByName(house.controlPlane, namespace)).get(name);
  const dialog = changeDialogOf(await pageOf("viewer", path), "Restart");
  await dialog.why.fill("I would like to see whether this works.");
  await expectBlocked(dialog.confirm, /Only operator may restart a workload/i);
  await dialog.confirm.click({ force: true });
  expect((await deploymentsByName(house.controlPlane, namespace)).get(name)).toEqual(before);
});

test("a workload that is not there has no restart to ask for", async ({ pageOf }) => {
  const page = await pageOf("operator", path.replace(name, "nothing-of-that-name"));
  await expect(changeDialogOf(page, "Restart").sheet).toContainText("There is no Deployment");
});
