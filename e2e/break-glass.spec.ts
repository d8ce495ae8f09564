import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import { live } from "#e2e/fixtures/desk.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { recordInSql, recordOfRequest } from "#e2e/fixtures/truth.ts";

const why = "Payouts stand still and nobody answers the phone.";

test("an operator breaks the glass, everybody sees it, promotes alone, and somebody else reviews it", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  await releaseToDev(house, { service: "webhooks" });
  const last = (await recordInSql(house.database)).at(-1)?.seq;
  const viewer = await pageOf("viewer", "/");
  const operator = await pageOf("operator", `/promotions?break-glass=${encodeURIComponent(live)}`);
  const banner = /acts? alone in gravv\/live until/;

  await operator.getByLabel("Why").fill(why);
  await operator.getByRole("dialog").getByRole("button", { name: "Break the glass" }).click();
  await expect(operator.getByText(banner)).toBeVisible();
  await expect(viewer.getByText(banner)).toBeVisible();
  await viewer.reload();
  await expect(viewer.getByText(banner)).toBeVisible();

  const requestId = await desk.ask("operator");
  expect(await desk.ended(requestId)).toMatchObject({ state: "approved", operation: { state: "succeeded" } });
  expect((await recordOfRequest(house.database, requestId)).map(({ actor, action }) => [actor, action])).toEqual([
    ["operator", "promotion.requested"],
    ["operator", "promotion.started"],
    ["system:gatehouse", "promotion.succeeded"],
  ]);

  await operator.goto("/requests");
  await operator.getByRole("button", { name: "End it" }).click();
  await expect(viewer.getByText(banner)).toHaveCount(0);
  await releaseToDev(house, { service: "webhooks" });
  const waiting = await desk.ask("operator");
  expect((await recordOfRequest(house.database, waiting)).map(({ action }) => action)).toEqual(["promotion.requested"]);
  await desk.withdrawAll();

  const risk = await pageOf("risk", "/requests");
  await risk.getByRole("button", { name: "Review" }).click();
  await risk.getByLabel("What you found").fill("Justified; the phone list was out of date.");
  await risk.getByRole("button", { name: "Put the review on record" }).click();
  await expect(risk.getByText("Broken glass")).toHaveCount(0);
  const glass = (await recordInSql(house.database, last)).filter(({ action }) => action.startsWith("break-glass."));
  expect(glass.map(({ actor, action }) => [actor, action])).toEqual([
    ["operator", "break-glass.opened"],
    ["operator", "break-glass.closed"],
    ["risk", "break-glass.reviewed"],
  ]);
  expect(glass[0]?.detail).toMatchObject({ reason: why, told: "operator-2" });
});
