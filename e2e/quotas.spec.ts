import { z } from "zod";
import { read } from "#e2e/fixtures/caller.ts";
import { levelled } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const namespace = "gravv-sandbox";
const inNamespace = `--namespace=${namespace}`;

const QuotaList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      status: z.object({ hard: z.record(z.string(), z.string()), used: z.record(z.string(), z.string()) }),
    }),
  ),
});

const Quotas = z.object({
  items: z.array(
    z.object({
      namespace: z.string(),
      quota: z.string(),
      resource: z.string(),
      hard: z.string(),
      requested: z.string(),
      measured: z.null(),
      headroom: z.string(),
    }),
  ),
});

test("a quota that gets tight is on top of the page by itself, and says what still fits and what stops it; what the read says is what kubectl says", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const { kubectl } = house.controlPlane;
  const page = await pageOf("viewer", "/quotas");
  const truth = async () => {
    const { stdout } = await kubectl("get", "resourcequotas", inNamespace, "--output=json");
    return QuotaList.parse(JSON.parse(stdout)).items;
  };
  const used = Number((await truth()).find(({ metadata }) => metadata.name === "environment")?.status.used.pods);

  await kubectl("create", "quota", "tight", `--hard=pods=${used + 1}`, inNamespace);
  const row = page.locator(`tr[data-quota="${namespace}/tight/pods"]`);
  await expect(row).toContainText(`${used} of ${used + 1} pods`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /quota bounds? (is|are) (full or nearly so|above 80 %)/,
  );

  await test.step("its panel says what is free, who takes it and what still fits", async () => {
    await row.getByRole("link", { name: "pods" }).click();
    await expect(page).toHaveURL(/quota=gravv/);
    const side = page.getByRole("complementary", { name: "Beside it" });
    await expect(side).toContainText("1 pod free.");
    await expect(side).toContainText("There is no history yet");
    const fits = side.getByRole("list", { name: "How many more pods of each workload fit" });
    await expect(fits.getByRole("listitem").first()).toContainText(
      /Quota tight leaves 1 pod: 1 more; the nodes would take/,
    );
  });

  await test.step("the read says what kubectl says", async () => {
    const { items } = await read(
      house.url,
      await desk.cookie("viewer"),
      "/api/v1/quotas?environment=gravv/sandbox",
      Quotas,
    );
    const seen = items
      .filter((item) => item.namespace === namespace)
      .map(({ quota, resource, hard, requested }) => [quota, resource, hard, requested].join(" "));
    const told = (await truth()).flatMap(({ metadata, status }) =>
      Object.entries(status.hard).map(([resource, hard]) =>
        [metadata.name, resource, hard, status.used[resource]].join(" "),
      ),
    );
    expect(seen.sort()).toEqual(told.sort());
  });

  await kubectl("delete", "quota", "tight", inNamespace, "--wait=true");
  await expect(row).toHaveCount(0);
});
