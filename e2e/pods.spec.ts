import type { Page } from "@playwright/test";
import { z } from "zod";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { visit } from "#e2e/pages/shell.ts";

const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      spec: z.object({ nodeName: z.string().optional() }),
    }),
  ),
});

/** The pods of gravv, as kubectl has them now, by name. */
async function podsInKubectl(controlPlane: ControlPlane, namespace: string): Promise<string[]> {
  const { stdout } = await controlPlane.kubectl("get", "pods", "--namespace", namespace, "--output=json");
  return Pods.parse(JSON.parse(stdout))
    .items.map(({ metadata }) => metadata.name)
    .sort();
}

async function podsOnPage(page: Page): Promise<string[]> {
  const names = await page
    .locator("tr[data-pod]")
    .evaluateAll((lines) => lines.map((line) => line.getAttribute("data-pod")));
  return names.flatMap((name) => name ?? []).sort();
}

test("the pods page shows the pods that kubectl has, and takes away and adds them as they go and come", async ({
  house,
  pageOf,
}) => {
  const page = await pageOf("viewer", "/pods?environment=gravv/live");
  // Jobs of the environment come and go by the clock, so that the truth is asked for anew each time.
  const truth = async () =>
    [
      ...(await podsInKubectl(house.controlPlane, "gravv-live")),
      ...(await podsInKubectl(house.controlPlane, "gravv-live-reconciliation")),
    ].sort();
  const isTrue = async () => (await podsOnPage(page)).join() === (await truth()).join();
  await expect.poll(isTrue, { timeout: 20_000 }).toBe(true);
  const [gone = ""] = await podsInKubectl(house.controlPlane, "gravv-live");

  await house.controlPlane.kubectl("delete", "pod", gone, "--namespace", "gravv-live", "--wait=true");

  await expect(page.locator(`tr[data-pod="${gone}"]`)).toHaveCount(0);
  await expect.poll(isTrue, { timeout: 20_000 }).toBe(true);
});

test("a pod's restarts change in its own row, and its panel says who made it", async ({ house, pageOf }) => {
  const page = await pageOf("viewer", "/pods?environment=gravv/live");
  const [name = ""] = await podsInKubectl(house.controlPlane, "gravv-live");
  const line = page.locator(`tr[data-pod="${name}"]`);
  await line.getByRole("link").click();
  await expect(page).toHaveURL(/[?&]pod=/);
  await expect(page.getByRole("list", { name: `Facts of ${name}` })).toContainText(/Deployment|StatefulSet|Job/);

  const patch = JSON.stringify([{ op: "replace", path: "/status/containerStatuses/0/restartCount", value: 41 }]);
  await house.controlPlane.kubectl(
    ...["patch", "pod", name, "--namespace", "gravv-live", "--subresource=status", "--type=json", "--patch", patch],
  );

  await expect(line.locator("[data-restarts]")).toHaveText("41");
});

test("words narrow the pods without asking the server, stand in the URL, and the arrow keys go from pod to pod", async ({
  house,
  pageOf,
}) => {
  const page = await pageOf("viewer", "/pods");
  const [name = ""] = await podsInKubectl(house.controlPlane, "gravv-live");
  await expect(page.getByRole("group", { name: "Pods" })).toBeVisible();
  await page.getByLabel("Words").fill(name);
  await page.getByLabel("Words").press("Enter");
  await expect(page).toHaveURL(new RegExp(`text=${name}`));
  await expect.poll(() => podsOnPage(page)).toEqual([name]);

  await visit(page, "/pods");
  const lines = page.locator("tr[data-pod]");
  await lines.nth(0).getByRole("link").focus();
  await page.keyboard.press("ArrowDown");
  await expect(lines.nth(1).getByRole("link")).toBeFocused();
});
