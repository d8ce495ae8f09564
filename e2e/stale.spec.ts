import { z } from "zod";
import { read } from "#e2e/fixtures/caller.ts";
import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import type { Desk } from "#e2e/fixtures/desk.ts";
import type { House } from "#e2e/fixtures/house.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { deploymentsByName, heads, requestInSql } from "#e2e/fixtures/truth.ts";
import { overviewOf } from "#e2e/pages/overview-page.ts";
import { expectBlocked, requestOf } from "#e2e/pages/request-page.ts";
import { shellOf } from "#e2e/pages/shell.ts";

/** What the console promises: a cluster that does not answer is called stale within this time. */
const staleWithinMs = 5_000;
const liveAgainWithinMs = 10_000;
const stale = /gravv has not answered since \d\d:\d\d UTC/;

test("a cluster that falls silent is called stale within 5 s, is never shown as healthy, and takes no action; then it is live again by itself", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  await releaseToDev(house, { service: "webhooks" });
  const requestId = await desk.ask("developer");
  const { digest } = await desk.previewPromotion("operator-2");
  const [overviewPage, requestPage] = [await pageOf("operator"), await pageOf("operator", `/requests/${requestId}`)];
  const overview = overviewOf(overviewPage);
  const request = requestOf(requestPage);
  const service = overview.service("webhooks");
  const release = (await deploymentsByName(house.controlPlane, "gravv-live")).get("webhooks")?.image ?? "";
  const version = /:([^:@]+)@/.exec(release)?.[1] ?? "";
  await expect(service.getByText("healthy").first()).toBeAttached();
  await expect(request.approve).toBeEnabled();
  const before = await heads(house.repository);

  // SIGSTOP: its connections stay open and say nothing, which is what a hung API server looks like.
  house.controlPlane.part("kube-apiserver").pause();
  await expect(shellOf(overviewPage).banner(stale)).toBeVisible({ timeout: staleWithinMs });

  await test.step("what was seen last is shown as such", async () => {
    await expect(service).toContainText(version);
    await expect(service).toContainText("not known");
    await expect(service.getByText("unknown").first()).toBeAttached();
    await expect(overviewPage.getByText("healthy", { exact: true })).toHaveCount(0);
    await expect(overview.lead).not.toContainText("is healthy");
    await expect(overview.lead).toContainText(stale);
    const { items, sources } = await servicesOf(house, desk);
    expect(items.length).toBeGreaterThan(0);
    expect(items.filter(({ health }) => health.state !== "unknown")).toEqual([]);
    expect(sources.find(({ id }) => id === "kubernetes:gravv")).toMatchObject({ state: "stale" });
  });

  await test.step("nothing can be done to it", async () => {
    await expectBlocked(overview.promote, stale);
    await expectBlocked(overview.rollBack, stale);
    await expect(shellOf(requestPage).banner(stale).first()).toBeVisible();
    await expectBlocked(request.approve, stale);
    expect(await desk.approve("operator", requestId)).toMatchObject({ ok: false, code: "unavailable" });
    expect(await desk.tryToAsk("operator-2", digest)).toMatchObject({ ok: false, code: "unavailable" });
    expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "waiting", operation: undefined });
    expect(await heads(house.repository)).toEqual(before);
  });

  house.controlPlane.part("kube-apiserver").resume();
  await expect(shellOf(overviewPage).banner(stale)).toHaveCount(0, { timeout: liveAgainWithinMs });
  await expect(service.getByText("healthy").first()).toBeAttached();
  await expect(request.approve).toBeEnabled();
  const ended = await desk.approve("operator", requestId).then(() => desk.ended(requestId));
  expect(ended.operation).toMatchObject({ state: "succeeded" });
});

test("a rollout under way when the API server is stopped is followed on when it is there again", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const { image } = await releaseToDev(house, { service: "onramp" });
  const page = await pageOf("operator");
  await desk.rested("developer");
  // Without a kubelet the rollout cannot end before the API server is gone.
  house.controlPlane.part("kwok").pause();
  const requestId = await desk.startPromotion();
  await expect
    .poll(async () => (await deploymentsByName(house.controlPlane, "gravv-live")).get("onramp")?.image)
    .toBe(image);

  await house.controlPlane.part("kube-apiserver").stop();
  await expect(shellOf(page).banner(stale)).toBeVisible({ timeout: staleWithinMs });
  const { operation } = await requestInSql(house.database, requestId);
  expect(operation).toMatchObject({ state: "running" });
  await house.controlPlane.part("kube-apiserver").start();
  house.controlPlane.part("kwok").resume();

  await expect(shellOf(page).banner(stale)).toHaveCount(0, { timeout: liveAgainWithinMs });
  expect((await desk.ended(requestId)).operation).toMatchObject({ state: "succeeded" });
  expect((await deploymentsByName(house.controlPlane, "gravv-live")).get("onramp")).toMatchObject({
    image,
    isRolledOut: true,
  });
});

test("when the console itself is gone its pages say so, and go on by themselves when it is back", async ({
  house,
  pageOf,
}) => {
  const page = await pageOf("operator");
  const shell = shellOf(page);
  const lineIsDown = /line to the console/;
  await expect(page.getByRole("button", { name: /^Live · 2 of 2 sources/ })).toBeVisible();
  await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));

  await house.console.kill();
  await expect(shell.banner(lineIsDown)).toBeVisible();
  await expect(page.getByRole("button", { name: /^Not live/ })).toBeVisible();

  await house.console.start();
  await expect(shell.banner(lineIsDown)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Live · 2 of 2 sources/ })).toBeVisible();
  const { revision } = await releaseToDev(house, { service: "webhooks" });
  await expect(overviewOf(page).service("webhooks")).toContainText(revision.slice(0, 8));
  await expect(page.locator("body")).toHaveAttribute("data-loaded", "once");
});

const Services = z.object({
  items: z.array(z.object({ name: z.string(), health: z.object({ state: z.string() }) })),
  sources: z.array(z.object({ id: z.string(), state: z.string() })),
});

async function servicesOf(house: House, desk: Desk): Promise<z.infer<typeof Services>> {
  return read(house.url, await desk.cookie("viewer"), "/api/v1/services", Services);
}
