import { z } from "zod";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { read } from "#e2e/fixtures/caller.ts";
import { levelled } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

const live = "gravv-live";
const sandbox = "gravv-sandbox";
const zoneLabel = "topology.kubernetes.io/zone";

const Topology = z.object({
  items: z.array(
    z.object({
      nodes: z.array(z.object({ id: z.string() })),
      edges: z.array(z.object({ from: z.string(), to: z.string(), port: z.number().nullable() })),
    }),
  ),
});

test("who calls whom is what the variables of the Deployments say to kubectl; a way round by keyboard opens each with its evidence", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const path = "/api/v1/topology?environment=gravv%2Flive";
  const { items } = await read(house.url, await desk.cookie("viewer"), path, Topology);
  const own = (items[0]?.edges ?? []).filter(({ from, to }) => [from, to].every((id) => id.startsWith(`${live}/`)));
  const seen = own.map(({ from, to, port }) => `${from} → ${to}:${port}`).sort();
  expect(seen).toEqual(await callsByVariables(house.controlPlane));
  expect(seen.length).toBeGreaterThan(4);

  const page = await pageOf("viewer", "/topology?environment=gravv%2Flive");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^All \d+ services of gravv\/live run\.$/);
  const drawn = page.getByRole("region", { name: "Picture of who calls whom" }).getByRole("link");
  const rows = page.getByRole("table", { name: "Who calls whom" }).locator("tr[data-node]");
  await expect(rows).toHaveCount(await drawn.count());
  await page.getByRole("link", { name: /^gateway: / }).focus();
  await page.keyboard.press("ArrowRight");
  const reached = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  expect(reached).not.toMatch(/^gateway: |^$/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/select=/);
  const side = page.getByRole("complementary", { name: "Beside it" });
  await expect(side.getByRole("list", { name: "Called by" })).toContainText("gateway");
  await expect(side.getByRole("list", { name: "Called by" })).toContainText("_ADDRESS");
});

test("a name that no Service has is found by itself, and no more once it is put right", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const { kubectl } = house.controlPlane;
  const inNamespace = `--namespace=${sandbox}`;
  const page = await pageOf("viewer", "/topology?environment=gravv%2Fsandbox");
  const findings = page.getByRole("list", { name: "Findings, worst first" });
  await kubectl("create", "deployment", "reports", "--image=registry.example/reports:1.0.0", inNamespace);
  await kubectl("set", "env", "deployment/reports", "LEDGER_URL=http://ledgr:80", inNamespace);
  await expect(findings).toContainText(`${sandbox}/reports calls ledgr (LEDGER_URL of container reports`);
  await expect(page.locator(`tr[data-node="missing:ledgr.${sandbox}"]`)).toContainText("no such Service");

  await kubectl("set", "env", "deployment/reports", "LEDGER_URL=http://ledger:80", inNamespace);
  await expect(page.locator(`tr[data-node="missing:ledgr.${sandbox}"]`)).toHaveCount(0);
  await expect(page.locator(`tr[data-node="${sandbox}/reports"]`)).toContainText("ledger:80");
  await kubectl("delete", "deployment", "reports", inNamespace, "--wait=true");
  await expect(page.locator(`tr[data-node="${sandbox}/reports"]`)).toHaveCount(0);
});

test("when a zone goes, each service keeps the ready pods that kubectl counts elsewhere; a cordon is seen by itself", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  const { kubectl } = house.controlPlane;
  const page = await pageOf("viewer", "/topology?environment=gravv%2Flive&view=nodes");
  const [node] = await nodesByZone(house.controlPlane);
  if (node === undefined) {
    throw new Error("the cluster has no nodes");
  }
  await page.getByRole("link", { name: `What if ${node.zone} goes?` }).click();
  await expect(page).toHaveURL(new RegExp(`whatIf=zone%3A${node.zone}`));
  const fates = page.getByRole("list", { name: "What becomes of each workload, worst first" });
  for (const [service, { kept, all }] of await keptWithout(house.controlPlane, node.zone)) {
    await expect(fates.getByRole("listitem").filter({ hasText: new RegExp(`^${service}`) })).toContainText(
      `keeps ${kept} of ${all}`,
    );
  }

  const row = page.locator(`tr[data-node="${node.name}"]`);
  await expect(row).toContainText("ready");
  await kubectl("cordon", node.name);
  await expect(row).toContainText("cordoned");
  await kubectl("uncordon", node.name);
  await expect(row).not.toContainText("cordoned");
});

const Deployments = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        template: z.object({
          spec: z.object({
            containers: z.array(z.object({ env: z.array(z.object({ value: z.string().default("") })).default([]) })),
          }),
        }),
      }),
    }),
  ),
});

/** `<caller> → <Service>:<port>` of each variable of gravv's live Deployments whose value is `<Service>:<port>`. */
async function callsByVariables({ kubectl }: ControlPlane): Promise<string[]> {
  const answered = await kubectl("get", "deployments", `--namespace=${live}`, "--output=json");
  const { items } = Deployments.parse(JSON.parse(answered.stdout));
  const names = (await kubectl("get", "services", `--namespace=${live}`, "--output=name")).stdout
    .trim()
    .split("\n")
    .map((name) => name.replace("service/", ""));
  const calls = items.flatMap(({ metadata, spec }) =>
    spec.template.spec.containers
      .flatMap(({ env }) => env.map(({ value }) => value))
      .filter((value) => /:\d+$/.test(value) && names.includes(value.split(":")[0] ?? ""))
      .map((value) => `${live}/${metadata.name} → ${live}/${value}`),
  );
  return [...new Set(calls)].sort();
}

async function nodesByZone({ kubectl }: ControlPlane): Promise<{ name: string; zone: string }[]> {
  const columns = `custom-columns=NAME:.metadata.name,ZONE:.metadata.labels.${zoneLabel.replaceAll(".", "\\.")}`;
  const { stdout } = await kubectl("get", "nodes", "--no-headers", `--output=${columns}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/))
    .map(([name = "", zone = ""]) => ({ name, zone }));
}

/** Of each live service that has a pod in the zone: how many of its ready pods stand elsewhere, of how many it has. */
async function keptWithout(
  controlPlane: ControlPlane,
  zone: string,
): Promise<ReadonlyMap<string, { kept: number; all: number }>> {
  const zones = new Map((await nodesByZone(controlPlane)).map((node) => [node.name, node.zone]));
  const columns = "custom-columns=APP:.metadata.labels.app\\.kubernetes\\.io/name,NODE:.spec.nodeName";
  const { stdout } = await controlPlane.kubectl(
    ...["get", "pods", `--namespace=${live}`, "--no-headers", `--output=${columns}`],
    "--field-selector=status.phase=Running",
  );
  const pods = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/))
    .map(([app = "", node = ""]) => ({ app, isThere: zones.get(node) === zone }));
  return new Map(
    [...Map.groupBy(pods, ({ app }) => app)]
      .filter(([, of]) => of.some(({ isThere }) => isThere))
      .map(([app, of]) => [app, { kept: of.filter(({ isThere }) => !isThere).length, all: of.length }]),
  );
}
