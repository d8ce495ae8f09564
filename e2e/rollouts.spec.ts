import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { failureLabel } from "#cluster/stages.ts";
import { read } from "#e2e/fixtures/caller.ts";
import { levelled } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { deploymentsIn } from "#e2e/fixtures/truth.ts";
import { visit } from "#e2e/pages/shell.ts";

const name = "statements";
const namespace = "gravv-sandbox";

const Rollouts = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      desired: z.number(),
      updated: z.number(),
      available: z.number(),
      state: z.string(),
    }),
  ),
});

/** By the rules of the sandbox's namespace; its pods suffer from the failure. */
function deployment(failure: string) {
  const isolated = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "50m", memory: "64Mi" } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, [failureLabel]: failure } },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [{ name, image: "registry.example/statements:1.0.0", resources, securityContext: isolated }],
        },
      },
    },
  };
}

test("a rollout that gets stuck is named on the page by itself, with its reason and its pods, and is found; healed, it is done", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const { kubectl } = house.controlPlane;
  const inNamespace = `--namespace=${namespace}`;
  const page = await pageOf("viewer", "/rollouts");
  const title = page.getByRole("heading", { level: 1 });
  const row = page.locator(`tr[data-workload="${name}"]`);
  await expect(title).toHaveText(/^No rollout of \d+ is stuck\.$/);

  const manifest = join(house.directory, `${name}.json`);
  await writeFile(manifest, JSON.stringify(deployment("image-pull")));
  await kubectl("apply", "-f", manifest);
  await expect(title).toHaveText(/^1 of \d+ rollouts is stuck\.$/);
  await expect(page.getByRole("main")).toContainText(
    /statements in gravv\/sandbox cannot pull its image since \d\d:\d\d UTC/,
  );
  await expect(row).toContainText("stuck on its image");

  await test.step("its panel tells why, and each of its pods", async () => {
    await row.getByRole("link", { name }).click();
    await expect(page).toHaveURL(/workload=gravv/);
    const side = page.getByRole("complementary", { name: "Beside it" });
    await expect(side.getByRole("list", { name: "Why" })).toContainText(/cannot pull the image of statements/);
    const { stdout } = await kubectl("get", "pods", inNamespace, `--selector=app=${name}`, "--output=name");
    for (const pod of stdout.trim().split("\n")) {
      await expect(side).toContainText(pod.replace("pod/", ""));
    }
  });

  await test.step("its panel stays open and tells of an autoscaler that comes, is changed and goes", async () => {
    const side = page.getByRole("complementary", { name: "Beside it" });
    await kubectl("autoscale", "deployment", name, inNamespace, "--min=2", "--max=5");
    await expect(side).toContainText("of 2 to 5");
    const raised = JSON.stringify({ spec: { maxReplicas: 6 } });
    await kubectl("patch", "hpa", name, inNamespace, "--type=merge", "--patch", raised);
    await expect(side).toContainText("of 2 to 6");
    await kubectl("delete", "hpa", name, inNamespace);
    await expect(side).not.toContainText("of 2 to 6");
  });

  await test.step("its panel leads to the same pods on the pods page", async () => {
    const { stdout } = await kubectl("get", "pods", inNamespace, `--selector=app=${name}`, "--output=name");
    await page.getByRole("link", { name: `On the pods page: pods of ${name}` }).click();
    await expect(page).toHaveURL(/\/pods\?environment=gravv%2Fsandbox&text=statements-/);
    await expect(page.locator("tr[data-pod]")).toHaveCount(stdout.trim().split("\n").length);
    for (const pod of stdout.trim().split("\n")) {
      await expect(page.locator(`tr[data-pod="${pod.replace("pod/", "")}"]`)).toBeVisible();
    }
  });

  await test.step("one field finds its pods, and leads to it", async () => {
    await visit(page, "/");
    await page.keyboard.press("Control+k");
    const finder = page.getByRole("dialog", { name: "Find or do anything" });
    await expect(finder.getByRole("combobox")).toBeFocused();
    await page.keyboard.type(`${name}-`);
    const found = finder.getByRole("group", { name: "Pods" });
    await expect(found.getByRole("option").first()).toContainText("in gravv/sandbox");
    await found.getByRole("option").first().click();
    await expect(page).toHaveURL(/\/rollouts\?workload=gravv/);
    await expect(row).toContainText("stuck on its image");
  });

  await test.step("healed, it is done, and what the read says is what kubectl says", async () => {
    const healed = JSON.stringify({ spec: { template: { metadata: { labels: { [failureLabel]: null } } } } });
    await kubectl("patch", "deployment", name, inNamespace, "--type=merge", "--patch", healed);
    await expect(row).toContainText("done");
    await expect(title).toHaveText(/^No rollout of \d+ is stuck\.$/);
    const truth = await deploymentsIn(house.controlPlane, namespace);
    const { items } = await read(
      house.url,
      await desk.cookie("viewer"),
      "/api/v1/rollouts?environment=gravv/sandbox",
      Rollouts,
    );
    const seen = items.filter((item) => item.kind === "Deployment" && item.namespace === namespace);
    expect(seen.map((item) => [item.name, item.desired, item.updated, item.available, item.state]).sort()).toEqual(
      truth
        .map((one) => [one.name, one.desired, one.updated, one.available, one.isRolledOut ? "done" : "progressing"])
        .sort(),
    );
  });

  await kubectl("delete", "deployment", name, inNamespace, "--wait=true");
  await expect(row).toHaveCount(0);
});

test("a CronJob whose last run failed is named, its Job has no row beside it, and its row leads to its runs", async ({
  house,
  pageOf,
}) => {
  const { kubectl } = house.controlPlane;
  const inNamespace = `--namespace=${namespace}`;
  const template = deployment("job").spec.template;
  const jobSpec = { backoffLimit: 0, template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } };
  const cronJob = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "statements-nightly", namespace },
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: jobSpec } },
  };
  const manifest = join(house.directory, "statements-nightly.json");
  await writeFile(manifest, JSON.stringify(cronJob));
  await kubectl("apply", "-f", manifest);
  const page = await pageOf("viewer", "/rollouts?kind=CronJob&environment=gravv/sandbox");
  const row = page.locator('tr[data-workload="statements-nightly"]');
  await expect(row).toContainText("has not run yet");
  await kubectl("create", "job", inNamespace, "--from=cronjob/statements-nightly", "statements-nightly-1");
  await expect(row).toContainText("failed");
  await expect(row).toContainText("statements-nightly-1 has failed (BackoffLimitExceeded)");
  await expect(row).toContainText("0 / 1");
  await expect(page.locator("tr[data-workload]").filter({ hasText: "Deployment" })).toHaveCount(0);

  await row.getByRole("link", { name: "statements-nightly", exact: true }).click();
  const side = page.getByRole("complementary", { name: "Beside it" });
  await expect(side.getByRole("list", { name: "Why" })).toContainText("statements-nightly-1 has failed");
  await expect(side.getByRole("list", { name: "Facts of statements-nightly" })).toContainText("statements-nightly-1");

  await row.getByRole("link", { name: "Runs of statements-nightly" }).click();
  await expect(page).toHaveURL(/\/schedules\?job=gravv/);
  await expect(page.getByRole("complementary", { name: "Beside it" })).toContainText("BackoffLimitExceeded");

  await kubectl("delete", "cronjob", "statements-nightly", inNamespace, "--wait=true");
  await page.goto("/rollouts");
  await expect(page.locator("tr[data-workload]").first()).toBeVisible();
  await expect(row).toHaveCount(0);
});

test("a mark that turns the direction of writing, in words from outside, turns nothing beside them", async ({
  house,
  pageOf,
}) => {
  const { kubectl } = house.controlPlane;
  const inNamespace = `--namespace=${namespace}`;
  const marked = "marked";
  const cause = "\u202Egnp.exe";
  await kubectl("create", "deployment", marked, "--image=registry.example/marked:1.0.0", "--replicas=0", inNamespace);
  await kubectl("annotate", `deployment/${marked}`, `kubernetes.io/change-cause=${cause}`, inNamespace);
  const page = await pageOf("viewer", `/rollouts?text=${marked}`);
  const row = page.locator(`tr[data-workload="${marked}"]`);
  await expect(row.getByText(cause)).toHaveCSS("unicode-bidi", "isolate");
  await row.getByRole("link", { name: marked }).click();
  const side = page.getByRole("complementary", { name: "Beside it" });
  await expect(side.getByText(cause).first()).toHaveCSS("unicode-bidi", "isolate");
  await kubectl("delete", "deployment", marked, inNamespace);
});
