import { z } from "zod";
import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import {
  commitsIn,
  commitsOfOperation,
  deploymentsByName,
  firstBrokenRow,
  heads,
  isInHistoryOf,
  recordOfRequest,
  requestInSql,
} from "#e2e/fixtures/truth.ts";
import { changeDialogOf } from "#e2e/pages/change-dialog.ts";
import { overviewOf } from "#e2e/pages/overview-page.ts";
import { atRequest, expectBlocked, requestOf } from "#e2e/pages/request-page.ts";
import { shellOf, signInOnPage } from "#e2e/pages/shell.ts";

const namespace = "gravv-live";
/** Ten pods one after the other, on a machine that does other things too. */
const rolledOutWithinMs = 60_000;
const terminal = /^(promotion|rollback)\.(succeeded|failed|voided)$/;

test("what is promoted in the browser is what kubectl, git and SQL have afterwards, and rolling back undoes exactly that", async ({
  house,
  desk,
  page,
}) => {
  test.setTimeout(300_000);
  const { controlPlane, repository, database } = house;
  await levelled(house, desk);
  const releases = [
    { service: "gateway", author: { name: "tomasz", email: "tomasz@gravv.example" } },
    { service: "onramp", author: { name: "amara", email: "amara@gravv.example" } },
    {
      service: "ledger",
      author: { name: "ledger-team", email: "ledger-team@gravv.example" },
      files: { [`services/ledger/migrations/9${Date.now()}_by_a_test.sql`]: "SELECT 1;\n" },
    },
  ];
  const images = new Map<string, string>();
  for (const release of releases) {
    images.set(release.service, (await releaseToDev(house, release)).image);
  }
  await desk.rested("developer");
  const before = {
    heads: await heads(repository),
    deployments: await deploymentsByName(controlPlane, namespace),
    tree: (await commitsIn(repository, "main", "-1"))[0]?.tree,
  };
  const ahead = await commitsIn(repository, "main..dev");
  const shell = shellOf(page);
  const overview = overviewOf(page);
  const request = requestOf(page);

  const requestId = await test.step("a developer looks at what would change and asks", async () => {
    await signInOnPage(page, "developer");
    await expect(overview.lead).toContainText("gravv/live is 3 commits behind gravv/sandbox");
    await overview.promote.click();
    const dialog = changeDialogOf(page, "Promote");
    for (const { subject, author } of ahead) {
      await expect(dialog.commits.getByRole("row").filter({ hasText: subject })).toContainText(author);
    }
    for (const [service, image] of images) {
      const line = dialog.service(service);
      await expect(line).toContainText(versionOf(before.deployments.get(service)?.image));
      await expect(line).toContainText(versionOf(image));
      await expect(dialog.differences).toContainText(image);
    }
    await expect(dialog.service("ledger")).toContainText("changes the database");
    await expect(dialog.room.getByRole("listitem").filter({ hasText: "pods" })).toContainText(
      `of ${await freePods(house)} free`,
    );

    await expectBlocked(dialog.confirm, /Say why first/);
    await dialog.confirm.click({ force: true });
    await dialog.why.fill("Verified in the sandbox since this morning.");
    await dialog.confirm.click();
    return atRequest(page);
  });
  expect(await requestInSql(database, requestId)).toMatchObject({ state: "waiting", requestedBy: "developer" });
  expect(await heads(repository)).toEqual(before.heads);

  await test.step("an operator finds it on top of the overview and opens it", async () => {
    await expectBlocked(request.approve, /You asked for this; somebody else must approve it/);
    await shell.become("operator");
    await shell.open("Overview");
    await expect(overview.firstPanelTitle).toHaveText("Waiting for a human");
    const line = overview.waiting.getByRole("listitem").filter({ hasText: "Promote 3 services to gravv/live" });
    await expect(line).toContainText("asked by developer");
    await line.getByRole("link", { name: "Review" }).click();
    expect(await atRequest(page)).toBe(requestId);
  });

  await test.step("the rollout is followed as the cluster has it", async () => {
    // Without a kubelet no new pod becomes ready, so there is time to compare.
    controlPlane.part("kwok").pause();
    await request.approve.click();
    await expect(request.step("Roll out")).toHaveAttribute("aria-current", "step");
    for (const [service, image] of images) {
      const old = before.deployments.get(service)?.desired;
      await expect
        .poll(
          async () => {
            const now = (await deploymentsByName(controlPlane, namespace)).get(service);
            return now !== undefined && now.image === image && now.updated > 0 && now.updated !== old;
          },
          { message: `the first new pod of ${service} is there`, timeout: rolledOutWithinMs },
        )
        .toBe(true);
      const now = (await deploymentsByName(controlPlane, namespace)).get(service);
      const line = request.rollout.getByRole("listitem").filter({ hasText: service });
      await expect(line).toContainText(versionOf(image));
      await expect(line).toContainText(`${now?.updated} of ${now?.desired} new`);
    }
    controlPlane.part("kwok").resume();
    await expect(request.main).toContainText("Everything is on record below", { timeout: rolledOutWithinMs });
    await expect(request.step("Settle")).toContainText("done");
  });

  const merged = await test.step("kubectl, git and SQL agree", async () => {
    const { state, operation } = await requestInSql(database, requestId);
    expect(state).toBe("approved");
    expect(operation).toMatchObject({ state: "succeeded" });
    expect(operation?.steps.map((step) => [step.name, step.state])).toEqual([
      ["Check", "done"],
      ["Merge", "done"],
      ["Roll out", "done"],
      ["Settle", "done"],
    ]);
    const [merge, ...others] = await commitsOfOperation(repository, operation?.id ?? "");
    expect(others).toEqual([]);
    expect(merge?.parents).toEqual([before.heads.main, before.heads.dev]);
    expect(await heads(repository)).toEqual({ main: merge?.revision, dev: before.heads.dev });
    const after = await deploymentsByName(controlPlane, namespace);
    for (const [service, image] of images) {
      const now = after.get(service);
      expect(now, service).toMatchObject({ image, revision: merge?.revision, isRolledOut: true });
      expect(now?.generation, service).toBe((before.deployments.get(service)?.generation ?? 0) + 1);
    }
    expect(terminals(await recordOfRequest(database, requestId))).toEqual(["promotion.succeeded"]);
    expect(await firstBrokenRow(database)).toBeUndefined();
    return merge?.revision ?? "";
  });

  const rollbackId = await test.step("the operator rolls back after seeing what is lost", async () => {
    await shell.open("Overview");
    await overview.rollBack.click();
    const dialog = changeDialogOf(page, "Roll back");
    for (const { subject } of ahead) {
      await expect(dialog.lost).toContainText(subject);
    }
    await expect(dialog.sheet.getByRole("status").first()).toContainText("A migration of ledger has run");
    await expectBlocked(dialog.confirm, /Say why first/);
    await dialog.why.fill("Timeouts doubled with it.");
    await dialog.confirm.click();
    const id = await atRequest(page);
    await expect(request.main).toContainText("Everything is on record below", { timeout: rolledOutWithinMs });
    return id;
  });

  await test.step("everything is as it was, and nothing of the history is gone", async () => {
    const { operation } = await requestInSql(database, rollbackId);
    expect(operation).toMatchObject({ state: "succeeded" });
    const [revert] = await commitsOfOperation(repository, operation?.id ?? "");
    expect(revert).toMatchObject({ parents: [merged], tree: before.tree });
    expect((await heads(repository)).main).toBe(revert?.revision);
    expect(await isInHistoryOf(repository, merged, revert?.revision ?? "")).toBe(true);
    const after = await deploymentsByName(controlPlane, namespace);
    for (const service of images.keys()) {
      expect(after.get(service), service).toMatchObject({
        image: before.deployments.get(service)?.image,
        revision: revert?.revision,
        isRolledOut: true,
      });
    }
    expect(terminals(await recordOfRequest(database, rollbackId))).toEqual(["rollback.succeeded"]);
  });

  await test.step("promoting again brings the same commits back", async () => {
    await shell.open("Overview");
    await overview.promote.click();
    const dialog = changeDialogOf(page, "Promote");
    await expect(dialog.commits.getByRole("row")).toHaveCount(1 + ahead.length);
    for (const { subject } of ahead) {
      await expect(dialog.commits).toContainText(subject);
    }
    await desk.promote();
    const after = await deploymentsByName(controlPlane, namespace);
    for (const [service, image] of images) {
      expect(after.get(service), service).toMatchObject({ image, isRolledOut: true });
    }
  });

  await test.step("the record shows all of it", async () => {
    await page.keyboard.press("Escape");
    await shell.open("Audit");
    const record = page.getByRole("table", { name: "The record" });
    for (const action of ["promotion.requested", "request.approved", "promotion.succeeded", "rollback.succeeded"]) {
      await expect(record.getByRole("row").filter({ hasText: action }).first()).toContainText("gravv/live");
    }
    expect(await firstBrokenRow(database)).toBeUndefined();
  });
});

function versionOf(image: string | undefined): string {
  return /:([^:@]+)@/.exec(image ?? "")?.[1] ?? "no version";
}

function terminals(rows: readonly { action: string }[]): string[] {
  return rows.map((row) => row.action).filter((action) => terminal.test(action));
}

const Quota = z.object({
  status: z.object({ hard: z.object({ pods: z.coerce.number() }), used: z.object({ pods: z.coerce.number() }) }),
});

async function freePods({
  controlPlane,
}: {
  controlPlane: { kubectl: (...words: string[]) => Promise<{ stdout: string }> };
}) {
  const { stdout } = await controlPlane.kubectl(
    "get",
    "quota",
    "environment",
    `--namespace=${namespace}`,
    "--output=json",
  );
  const { status } = Quota.parse(JSON.parse(stdout));
  return status.hard.pods - status.used.pods;
}
