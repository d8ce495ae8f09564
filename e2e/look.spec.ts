import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { recordInSql } from "#e2e/fixtures/truth.ts";
import { changeDialogOf } from "#e2e/pages/change-dialog.ts";
import { overviewOf } from "#e2e/pages/overview-page.ts";

const desk = 1440;
const phone = 390;
type Way = Readonly<{ width: number; colorScheme: "light" | "dark" }>;
/** Colours are the same at every width, and what stands where is the same in both themes: these two find what all four would. */
const ways: readonly Way[] = [
  { width: desk, colorScheme: "light" },
  { width: phone, colorScheme: "dark" },
];
/** What stands around every page. */
const everyWay: readonly Way[] = [
  ...ways,
  { width: desk, colorScheme: "dark" },
  { width: phone, colorScheme: "light" },
];

let requestId = "";
let requestRow = 0;

test.beforeAll(async ({ house, desk }) => {
  await levelled(house, desk);
  await releaseToDev(house, { service: "onramp" });
  await desk.promote();
  await releaseToDev(house, { service: "webhooks" });
  requestId = await desk.ask("developer");
  requestRow = (await recordInSql(house.database)).at(-1)?.seq ?? 0;
});

const pages: readonly { name: string; path: () => string; open?: boolean; every?: boolean }[] = [
  { name: "the sign-in", path: () => "/signin", open: true },
  { name: "the overview", path: () => "/", every: true },
  { name: "the topology", path: () => "/topology?environment=gravv%2Flive&select=gravv-live%2Fledger" },
  { name: "the nodes", path: () => "/topology?environment=gravv%2Flive&view=nodes&whatIf=zone%3Aeurope-west1-b" },
  { name: "the quotas", path: () => "/quotas" },
  { name: "a cluster's capacity", path: () => "/quotas?tab=capacity" },
  { name: "the teams and products", path: () => "/quotas?tab=shares" },
  { name: "the rollouts", path: () => "/rollouts" },
  { name: "the posture", path: () => "/rollouts?tab=posture" },
  { name: "the promotions", path: () => "/promotions" },
  { name: "the promotion's dialog", path: () => "/promotions?promote=gravv%2Flive" },
  { name: "the pods", path: () => "/pods" },
  { name: "the reconciliation", path: () => "/reconciliation" },
  { name: "the recovery", path: () => "/recovery" },
  { name: "the people", path: () => "/people" },
  { name: "a request", path: () => `/requests/${requestId}` },
  // Of one request: axe takes half a second for each row.
  { name: "the record", path: () => `/audit?request=${requestId}&row=${requestRow}` },
];

for (const { name, path, open, every } of pages) {
  test(`${name} can be used by everybody, in both themes, at a desk and on a phone`, async ({ page, pageOf }) => {
    const seen = open ? page : await pageOf("operator");
    const faults = faultsOf(seen);
    await seen.goto(path());
    for (const { width, colorScheme } of every ? everyWay : ways) {
      await seen.setViewportSize({ width, height: 900 });
      await seen.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await settled(seen);
      expect.soft(await barriers(seen), `${width} px, ${colorScheme}`).toEqual([]);
      const overhang = await seen.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect.soft(overhang, `sideways scroll at ${width} px`).toBeLessThanOrEqual(0);
    }
    expect(faults).toEqual([]);
  });
}

test("everything can be reached by keyboard: the finder, a dialog, and back to where one was", async ({ pageOf }) => {
  const page = await pageOf("developer");
  const finder = page.getByRole("dialog", { name: "Find or do anything" });
  for (const keys of ["Meta+k", "Control+k"]) {
    await page.keyboard.press(keys);
    await expect(finder).toBeVisible();
    await expect(finder.getByRole("combobox")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(finder).toBeHidden();
  }
  await page.keyboard.press("Control+k");
  await page.keyboard.type("promotions");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/promotions$/);

  const { promote } = overviewOf(page);
  await promote.focus();
  await page.keyboard.press("Enter");
  const { sheet } = changeDialogOf(page, "Promote");
  await expect(sheet.getByRole("heading", { level: 2 }).first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(promote).toBeFocused();
  await expect(page).toHaveURL(/\/promotions$/);
});

/** What axe calls a serious barrier, or worse. */
async function barriers(page: Page): Promise<string[]> {
  // There are no frames to look into, for which axe would open a second page each time.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

/** What the browser itself complains about, as it comes. */
function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      faults.push(message.text());
    }
  });
  return faults;
}

/** Everything that the page fetches is there, and nothing moves any more. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading").first()).toBeVisible();
  await expect(page.getByText(/^Working out what/)).toHaveCount(0);
  await expect(page.getByText("Connecting")).toHaveCount(0);
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
}
