import { amara, noteOn, releaseToDev } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { heads, recordOfRequest, requestInSql } from "#e2e/fixtures/truth.ts";
import { changeDialogOf } from "#e2e/pages/change-dialog.ts";
import { overviewOf } from "#e2e/pages/overview-page.ts";
import { atRequest, expectBlocked, requestOf } from "#e2e/pages/request-page.ts";

const unread = "nothing came of it";

test("whoever asks cannot approve, however much their role allows", async ({ house, desk, pageOf }) => {
  await releaseToDev(house, { service: "webhooks" });
  const requestId = await desk.ask("operator");
  const request = requestOf(await pageOf("operator", `/requests/${requestId}`));

  await expectBlocked(request.approve, /You asked for this; somebody else must approve it/);
  await request.approve.click({ force: true });

  const other = requestOf(await pageOf("operator-2", `/requests/${requestId}`));
  await expect(other.approve).toBeEnabled();
  expect(await requestInSql(house.database, requestId), unread).toMatchObject({ state: "waiting" });
  await request.withdraw.click();
  await expect(request.main).toContainText("withdrawn by operator");
});

test("whoever wrote a commit cannot approve it, and sees why; others can", async ({ house, desk, pageOf }) => {
  await releaseToDev(house, {
    service: "webhooks",
    author: { name: "The second operator", email: "operator-2@gravv.example" },
  });
  const requestId = await desk.ask("developer");

  const author = requestOf(await pageOf("operator-2", `/requests/${requestId}`));
  await expectBlocked(author.approve, /You wrote one of the commits/);
  const other = requestOf(await pageOf("operator", `/requests/${requestId}`));
  await expect(other.approve).toBeEnabled();
  await expect(other.main).toContainText("Not: developer");

  const refused = await desk.approve("operator-2", requestId);
  expect(refused).toMatchObject({ ok: false, code: "not_allowed" });
  expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "waiting", operation: undefined });
});

test("a rejection needs a reason, which whoever asked sees without a reload", async ({ house, desk, pageOf }) => {
  await releaseToDev(house, { service: "webhooks" });
  const before = await heads(house.repository);
  const requestId = await desk.ask("developer");
  const asked = requestOf(await pageOf("developer", `/requests/${requestId}`));
  await expect(asked.step("Agreed 0 of 1")).toHaveAttribute("aria-current", "step");

  const { reject, rejection } = requestOf(await pageOf("operator", `/requests/${requestId}`));
  await reject.click();
  await expectBlocked(rejection.confirm, /Say why first/);
  await rejection.why.fill("Not on a Friday evening.");
  await rejection.confirm.click();

  await expect(asked.main).toContainText("Nothing was changed: rejected by operator: Not on a Friday evening.");
  await expect(asked.approve).toHaveCount(0);
  expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "rejected", operation: undefined });
  expect((await recordOfRequest(house.database, requestId)).map((row) => [row.actor, row.action])).toEqual([
    ["developer", "promotion.requested"],
    ["operator", "request.rejected"],
  ]);
  expect(await heads(house.repository)).toEqual(before);
});

test("whoever asked can take it back, and nobody can approve it then", async ({ house, desk, pageOf }) => {
  await releaseToDev(house, { service: "webhooks" });
  const requestId = await desk.ask("developer");
  const asked = requestOf(await pageOf("developer", `/requests/${requestId}`));
  const operator = requestOf(await pageOf("operator", `/requests/${requestId}`));
  await expect(operator.approve).toBeEnabled();
  await expect(operator.withdraw).toHaveCount(0);

  await asked.withdraw.click();

  await expect(asked.main).toContainText("Nothing was changed: withdrawn by developer");
  await expect(operator.approve).toHaveCount(0);
  expect(await desk.approve("operator", requestId)).toMatchObject({ ok: false, code: "not_allowed" });
  expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "withdrawn", operation: undefined });
});

for (const branch of ["dev", "main"] as const) {
  test(`a request is void as soon as ${branch} moves, and its page says so without a reload`, async ({
    house,
    desk,
    pageOf,
  }) => {
    await releaseToDev(house, { service: "webhooks" });
    const requestId = await desk.ask("developer");
    const page = await pageOf("operator", `/requests/${requestId}`);
    const request = requestOf(page);
    await expect(request.approve).toBeEnabled();
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));

    const revision = await noteOn(house, branch);

    await expect(request.main).toContainText(/request is void/);
    await expect(request.main).toContainText(new RegExp(`${branch} moved from .* to ${revision.slice(0, 8)}`));
    await expect(request.approve).toHaveCount(0);
    await expect(page.locator("body")).toHaveAttribute("data-loaded", "once");
    expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "void", operation: undefined });
    const record = await recordOfRequest(house.database, requestId);
    expect(record.map((row) => [row.actor, row.action, row.outcome])).toEqual([
      ["developer", "promotion.requested", "accepted"],
      ["system:gatehouse", "request.voided", "void"],
    ]);
  });
}

test("an approval sent in the moment in which dev has moved is refused and starts nothing", async ({ house, desk }) => {
  await releaseToDev(house, { service: "webhooks" });
  const requestId = await desk.ask("developer");
  await desk.cookie("operator");
  const revision = await noteOn(house, "dev", amara);
  const before = await heads(house.repository);

  const result = await desk.approve("operator", requestId);

  // It either finds the move itself or comes after the watch that has found it.
  expect(result).toMatchObject({ ok: false, code: expect.stringMatching(/^(void|not_allowed)$/) });
  expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "void", operation: undefined });
  expect(await heads(house.repository)).toEqual({ ...before, dev: revision });
});

test("a dialog says that what it shows has moved, keeps what was written, and asks for what is shown then", async ({
  house,
  desk,
  pageOf,
}) => {
  await desk.withdrawAll();
  const first = await releaseToDev(house, { service: "webhooks" });
  const shown = await desk.rested("developer");
  const page = await pageOf("developer");
  await overviewOf(page).promote.click();
  const dialog = changeDialogOf(page, "Promote");
  await dialog.why.fill("Verified in the sandbox since this morning.");
  await expect(dialog.confirm).toBeEnabled();
  await expect(dialog.evidence).toContainText(/webhooks (is|are) rolled out in gravv\/sandbox\./);
  await expect(dialog.differences).toContainText(first.image);

  const second = await releaseToDev(house, { service: "webhooks" });

  await expectBlocked(dialog.confirm, /Look first at what would change by now/);
  await expect(dialog.differences).not.toContainText(second.image);
  const now = await desk.rested("developer");
  expect(now.digest).not.toBe(shown.digest);
  await dialog.showNow.click();
  await expect(dialog.differences).toContainText(second.image);
  await expect(dialog.why).toHaveValue("Verified in the sandbox since this morning.");
  await expect(dialog.confirm).toBeEnabled();
  await dialog.confirm.click();

  const requestId = await atRequest(page);
  expect(await recordOfRequest(house.database, requestId)).toEqual([
    expect.objectContaining({
      action: "promotion.requested",
      detail: expect.objectContaining({ digest: now.digest, reason: "Verified in the sandbox since this morning." }),
    }),
  ]);
});
