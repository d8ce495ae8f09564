import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "#cluster/control-plane.ts";
import { applyNodes } from "#cluster/nodes.ts";
import { obtainPrograms } from "#cluster/programs.ts";
import { exchange } from "#e2e/fixtures/caller.ts";
import { startHouse } from "#e2e/fixtures/house.ts";
import { expect, test as housed } from "#e2e/fixtures/test.ts";
import { shellOf } from "#e2e/pages/shell.ts";

const staleWithinMs = 5_000;
const liveAgainWithinMs = 10_000;
const farIsStale = /far has not answered since \d\d:\d\d UTC/;

/** A house whose console watches a second control plane too. */
const test = housed.extend<object, { far: ControlPlane }>({
  far: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs off this pattern.
    async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), "gatehouse-far-"));
      const programs = await obtainPrograms({ environment: process.env });
      const far = await startControlPlane({ name: "far", directory, programs, stages: "fast" });
      try {
        await applyNodes(far, [{ name: "far-1", cpu: "8", memory: "32Gi", pods: 110, zone: "far" }]);
        await far.kubectl("create", "namespace", "switch");
        await far.kubectl("create", "deployment", "acquirer", "--namespace=switch", "--image=registry.example/a:1");
        await far.kubectl("wait", "deployment", "acquirer", "--namespace=switch", "--for=condition=Available");
        await use(far);
      } finally {
        await far.stop();
        await rm(directory, { recursive: true, force: true });
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
  house: [
    async ({ far }, use) => {
      const house = await startHouse((config) => {
        config.addIn(["clusters"], { id: "far", kubeconfig: far.kubeconfigs.gatehouse });
        config.addIn(["platforms"], {
          id: "far",
          name: "Far",
          environments: [{ id: "live", tier: "live", cluster: "far", namespaces: ["switch"] }],
        });
      });
      await use(house);
      await house.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

test("a cluster that hangs is called stale, alone: what another one does is on the page at once, and it comes back by itself", async ({
  far,
  house,
  desk,
  pageOf,
}) => {
  const page = await pageOf("viewer", "/rollouts");
  const workload = (name: string) => page.locator(`tr[data-workload="${name}"]`);
  await expect(workload("acquirer")).toContainText("done");
  const sources = async () => {
    const headers = { Cookie: await desk.cookie("viewer") };
    const { body } = await exchange(house.url, { path: "/api/v1/rollouts", headers });
    return Object.fromEntries(
      JSON.parse(body).sources.map(({ id, state }: { id: string; state: string }) => [id, state]),
    );
  };

  // SIGSTOP: its connections stay open and say nothing.
  far.part("kube-apiserver").pause();
  await expect(shellOf(page).banner(farIsStale)).toBeVisible({ timeout: staleWithinMs });
  await expect(workload("acquirer")).not.toContainText("done");
  await expect(workload("ledger").first()).toContainText("done");
  expect(await sources()).toMatchObject({ "kubernetes:far": "stale", "kubernetes:gravv": "ok" });

  const manifest = join(house.directory, "clearing.json");
  await writeFile(manifest, JSON.stringify(cronJob("clearing", "gravv-live")));
  await house.controlPlane.kubectl("apply", "-f", manifest);
  await expect(workload("clearing")).toBeVisible();

  far.part("kube-apiserver").resume();
  await expect(shellOf(page).banner(farIsStale)).toHaveCount(0, { timeout: liveAgainWithinMs });
  await expect(workload("acquirer")).toContainText("done");
});

test("a console that is started while a cluster is away serves the others, and names what is missing", async ({
  far,
  house,
  pageOf,
}) => {
  await house.console.kill();
  far.part("kube-apiserver").pause();
  const starting = house.console.start();
  await expect
    .poll(() =>
      exchange(house.url, { path: "/api/readyz" }).then(
        ({ body }) => JSON.parse(body).missing,
        () => "it does not answer yet",
      ),
    )
    .toEqual(["kubernetes:far"]);

  const page = await pageOf("viewer", "/rollouts");
  await expect(page.locator('tr[data-workload="ledger"]').first()).toContainText("done");
  await expect(shellOf(page).banner(/far/)).toBeVisible();
  await expect(page.locator('tr[data-workload="acquirer"]')).toHaveCount(0);

  far.part("kube-apiserver").resume();
  await starting;
  await expect(page.locator('tr[data-workload="acquirer"]')).toContainText("done");
});

function cronJob(name: string, namespace: string) {
  const isolated = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "50m", memory: "64Mi" } };
  const containers = [{ name, image: `registry.example/${name}:1.0.0`, resources, securityContext: isolated }];
  const pod = { spec: { restartPolicy: "Never", containers } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace },
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: pod } } },
  };
}
