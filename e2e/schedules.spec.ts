import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { House } from "#e2e/fixtures/house.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const namespace = "gravv-live-reconciliation";
const inNamespace = `--namespace=${namespace}`;
/** In half an hour at the soonest and the latest, so that nothing is due while a test looks. */
const notNow = () => `${(new Date().getUTCMinutes() + 30) % 60} * * * *`;

/** A CronJob by the rules of its namespace. */
function cronJob(name: string, role: string, spec: object) {
  const isolated = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "50m", memory: "64Mi" } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace, labels: { "gatehouse.dev/role": role } },
    spec: {
      schedule: notNow(),
      timeZone: "Etc/UTC",
      ...spec,
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: "Never",
              securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
              containers: [{ name, image: "registry.example/checks:1.0.0", resources, securityContext: isolated }],
            },
          },
        },
      },
    },
  };
}

async function applied({ directory, controlPlane }: House, job: ReturnType<typeof cronJob>): Promise<void> {
  const file = join(directory, `${job.metadata.name}.json`);
  await writeFile(file, JSON.stringify(job));
  await controlPlane.kubectl("apply", "-f", file);
}

const Ended = z.object({ status: z.object({ completionTime: z.iso.datetime(), succeeded: z.literal(1) }) });

test("a reconciliation that was due and did not start is red on its page by itself, with when it was due; one that ran is kept, as kubectl has it", async ({
  house,
  pageOf,
}) => {
  const { kubectl } = house.controlPlane;
  const page = await pageOf("viewer", "/reconciliation");
  const silent = page.locator('tr[data-job="silent-check"]');
  const kept = page.locator('tr[data-job="kept-check"]');

  await applied(house, cronJob("kept-check", "reconciliation", {}));
  await expect(kept).toContainText("not due yet");
  await kubectl("create", "job", "kept-check-1", "--from=cronjob/kept-check", inNamespace);
  await kubectl("wait", "job/kept-check-1", "--for=condition=Complete", inNamespace);
  const { stdout } = await kubectl("get", "job/kept-check-1", "--output=json", inNamespace);
  const { completionTime } = Ended.parse(JSON.parse(stdout)).status;
  await expect(kept).toContainText("kept");
  await expect(kept.locator("time").first()).toHaveAttribute("datetime", new Date(completionTime).toISOString());

  // Its controller starts nothing that is later than that, and says of what it did not start nothing at all.
  await applied(house, cronJob("silent-check", "reconciliation", { startingDeadlineSeconds: 10 }));
  const lastScheduleTime = `${new Date(Date.now() - 3 * 3_600_000).toISOString().slice(0, 19)}Z`;
  const patch = JSON.stringify({ status: { lastScheduleTime } });
  await kubectl(
    "patch",
    "cronjob/silent-check",
    "--subresource=status",
    "--type=merge",
    `--patch=${patch}`,
    inNamespace,
  );
  await expect(silent).toContainText("did not start");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/reconciliation jobs? of \d+ not as scheduled/);
  await silent.getByRole("link", { name: "silent-check" }).click();
  await expect(page).toHaveURL(/[?&]job=/);
  await expect(page.getByRole("main")).toContainText(
    /It was due \d{4}-\d\d-\d\d \d\d:\d\d UTC and has not started since/,
  );

  await kubectl("delete", "cronjob/silent-check", "cronjob/kept-check", inNamespace);
  await expect(silent).toHaveCount(0);
});

test("an environment without a backup is a finding on the page of recovery until it has one", async ({
  house,
  pageOf,
}) => {
  const { kubectl } = house.controlPlane;
  const page = await pageOf("viewer", "/recovery");
  const finding = page.getByRole("listitem").filter({ hasText: "gravv/live has no backup" });
  await expect(finding).toBeVisible();
  await applied(house, cronJob("ledger-backup", "backup", {}));
  await expect(page.locator('tr[data-job="ledger-backup"]')).toContainText("not due yet");
  await expect(finding).toHaveCount(0);
  await kubectl("delete", "cronjob/ledger-backup", inNamespace);
  await expect(finding).toBeVisible();
});
