import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "#cluster/commands.ts";
import { exchange } from "#e2e/fixtures/caller.ts";
import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { recordInSql, recordOfRequest } from "#e2e/fixtures/truth.ts";

const gatehouse = join(import.meta.dirname, "..", "bin", "gatehouse.mjs");

/** As an examiner runs it, with nothing of the house but the file. */
const verify = (file: string) =>
  runCommand(process.execPath, [gatehouse, "audit", "verify", file], { environment: { PATH: process.env.PATH ?? "" } });

test("an auditor sees that the record is whole and exports it; the file proves itself, and one changed word in it is found", async ({
  house,
  desk,
  pageOf,
}, testInfo) => {
  // Its sign-in is a row at least; a console goes through all there are when it starts.
  await desk.cookie("auditor");
  await house.console.kill();
  await house.console.start();
  const page = await pageOf("auditor", "/audit");
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("main")).toContainText(
      /Rows 1–\d+ verified at .*The last checkpoint is of row \d+, signed/,
      { timeout: 5_000 },
    );
  }).toPass();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const file = testInfo.outputPath("record.html");
  await (await downloading).saveAs(file);
  const whole = await verify(file);
  expect(whole.output).toContain("one chain without a gap");
  expect(whole.exitCode).toBe(0);
  expect((await recordInSql(house.database)).at(-1)).toMatchObject({ actor: "auditor", action: "record.exported" });

  const changed = testInfo.outputPath("changed.html");
  await writeFile(changed, (await readFile(file, "utf8")).replace('"actor":"auditor"', '"actor":"admin"'));
  const broken = await verify(changed);
  expect(broken.problems).toMatch(/row \d+ does not say what its hash was made of/);
  expect(broken.exitCode).toBe(1);

  await page.goto(`file://${file}`);
  await expect(page.getByRole("heading", { name: "What is on record" })).toBeVisible();
  await expect(page.getByRole("table").last()).toContainText("record.read");
});

test("that somebody reads the record is on record once, and a search in the URL narrows it", async ({
  house,
  pageOf,
}) => {
  const page = await pageOf("risk", "/audit?action=record&actor=risk");
  await page.reload();
  const read = (await recordInSql(house.database)).filter(
    ({ actor, action }) => actor === "risk" && action === "record.read",
  );
  expect(read).toHaveLength(1);
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
  await page.getByLabel("From").fill("2026-13-01");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("main")).toContainText("This search was not understood, so all rows are shown. from:");
});

test("a row opens in place onto what stands behind it, by the keyboard and by its link, however far down it is", async ({
  house,
  desk,
  pageOf,
}) => {
  await levelled(house, desk);
  await releaseToDev(house, { service: "onramp" });
  const requestId = await desk.promote();
  const page = await pageOf("auditor", `/audit?request=${requestId}`);
  const row = page.getByRole("button", { name: /^promotion\.requested, row \d+$/ });
  await row.press("Enter");
  await expect(row).toHaveAttribute("aria-expanded", "true");
  const [asked] = await recordOfRequest(house.database, requestId);
  await expect(page.getByRole("table").getByTitle(String(asked?.detail.digest))).toBeVisible();
  await expect(page.getByRole("list", { name: "Who said what" })).toContainText("operator approved as operator");
  await expect(page.getByRole("region", { name: "The plan" })).toContainText("onramp");
  await expect(page.getByRole("list", { name: "The way of this request" }).getByRole("listitem")).toHaveText([
    /Asked.*developer/,
    /Agreed 1 of 1.*operator/,
    /Check, done/,
    /Merge, done/,
    /Roll out, done/,
    /Settle, done/,
  ]);
  await expect(page).toHaveURL(/row=\d+/);

  const [first] = await recordInSql(house.database);
  await page.goto(`/audit?row=${first?.seq}`);
  await expect(page.getByRole("button", { name: new RegExp(`, row ${first?.seq}$`) })).toHaveAttribute(
    "aria-expanded",
    "true",
  );
  await expect(page.getByText("Hash of the row")).toBeInViewport();
});

test("nothing is exported for those who may not read the record", async ({ house, desk }) => {
  const headers = { Cookie: await desk.cookie("developer") };
  const answer = await exchange(house.url, { path: "/api/v1/audit/export", headers });
  expect(answer.status).toBe(404);
  expect(answer.body).not.toContain("hash");
});
