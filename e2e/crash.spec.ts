import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { atRest, levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import type { Desk } from "#e2e/fixtures/desk.ts";
import { holdStep } from "#e2e/fixtures/held-step.ts";
import type { House } from "#e2e/fixtures/house.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import {
  commitsIn,
  commitsOfOperation,
  deploymentsByName,
  firstBrokenRow,
  heads,
  recordOfRequest,
  requestInSql,
} from "#e2e/fixtures/truth.ts";

const service = "webhooks";
const terminal = /\.(succeeded|failed|voided)$/;

/** Where an operation is held while the console is killed: it has done the step's work and has not yet written so. */
const steps = ["Check", "Merge", "Roll out", "Settle"] as const;

for (const step of steps) {
  test(`killed at "${step}", a promotion goes on after the restart and has exactly one effect`, async ({
    house,
    desk,
  }) => {
    const before = await promotable(house, desk);
    const held = await holdStep(house.database, step);
    const requestId = await desk.startPromotion();
    await held.reached();

    await house.console.kill();
    await held.letGo();
    expect((await requestInSql(house.database, requestId)).operation).toMatchObject({ state: "running" });
    await house.console.start();

    await expectOneEffect(house, desk, requestId, before);
  });
}

test("killed inside the push, before it has moved main, a promotion goes on and has exactly one effect", async ({
  house,
  desk,
}) => {
  const before = await promotable(house, desk);
  const push = await holdPush(house, "pre-receive");
  const requestId = await desk.startPromotion();
  await push.reached(1);
  expect((await heads(house.repository)).main).toBe(before.heads.main);

  // The git that the console has started lives on, as on any machine, and meets the one of the next process at the host.
  await house.console.kill();
  await house.console.start();
  await push.reached(2);
  await push.letGo();

  await expectOneEffect(house, desk, requestId, before);
});

test("killed inside the push, after it has moved main, a promotion goes on and has exactly one effect", async ({
  house,
  desk,
}) => {
  const before = await promotable(house, desk);
  const push = await holdPush(house, "post-receive");
  const requestId = await desk.startPromotion();
  await push.reached(1);
  expect((await heads(house.repository)).main).not.toBe(before.heads.main);

  await house.console.kill();
  await house.console.start();

  await expectOneEffect(house, desk, requestId, before);
  await push.letGo();
});

test(`killed at "Revert", a rollback goes on after the restart and has exactly one effect`, async ({ house, desk }) => {
  await promotable(house, desk);
  await desk.promote();
  const before = await standing(house);
  const held = await holdStep(house.database, "Revert");
  const requestId = await desk.startRollback();
  await held.reached();

  await house.console.kill();
  await held.letGo();
  await house.console.start();

  const { operation } = await desk.ended(requestId);
  expect(operation, operation?.outcome ?? "").toMatchObject({ state: "succeeded" });
  const [revert, ...others] = await commitsOfOperation(house.repository, operation?.id ?? "");
  expect(others).toEqual([]);
  expect(revert?.parents).toEqual([before.heads.main]);
  await expectOneRolloutAndRecord(house, requestId, before);
});

type Standing = Readonly<{ heads: { main: string; dev: string }; generation: number }>;

async function standing(house: House): Promise<Standing> {
  const deployment = (await deploymentsByName(house.controlPlane, "gravv-live")).get(service);
  return { heads: await heads(house.repository), generation: deployment?.generation ?? 0 };
}

/** dev is one release ahead, and nothing else is under way. */
async function promotable(house: House, desk: Desk): Promise<Standing> {
  await levelled(house, desk);
  await releaseToDev(house, { service });
  return standing(house);
}

async function expectOneEffect(house: House, desk: Desk, requestId: string, before: Standing): Promise<void> {
  const { state, operation } = await desk.ended(requestId);
  expect(state).toBe("approved");
  expect(operation, operation?.outcome ?? "").toMatchObject({ state: "succeeded" });
  expect(operation?.steps.map((step) => step.state)).toEqual(["done", "done", "done", "done"]);
  const [merge, ...others] = await commitsOfOperation(house.repository, operation?.id ?? "");
  expect(others).toEqual([]);
  expect(merge?.parents).toEqual([before.heads.main, before.heads.dev]);
  expect(await commitsIn(house.repository, `${before.heads.main}..main`, "--first-parent")).toEqual([merge]);
  await expectOneRolloutAndRecord(house, requestId, before);
}

async function expectOneRolloutAndRecord(house: House, requestId: string, before: Standing): Promise<void> {
  await atRest(house);
  expect((await standing(house)).generation).toBe(before.generation + 1);
  const ends = (await recordOfRequest(house.database, requestId)).filter(({ action }) => terminal.test(action));
  expect(ends).toEqual([expect.objectContaining({ outcome: "done" })]);
  expect(await firstBrokenRow(house.database)).toBeUndefined();
}

/** A hook on the Git host that waits, with the push in its hands, for as long as a file is there. */
async function holdPush({ directory, repository }: House, hook: "pre-receive" | "post-receive") {
  const path = join(repository, "hooks", hook);
  const hold = join(directory, `${hook}.hold`);
  const arrivals = join(directory, `${hook}.arrivals`);
  await mkdir(dirname(path), { recursive: true });
  await Promise.all([hold, arrivals].map((file) => writeFile(file, "")));
  const script = `#!/bin/sh\necho here >> '${arrivals}'\nwhile [ -e '${hold}' ]; do sleep 0.05; done\n`;
  await writeFile(path, script, { mode: 0o755 });
  return {
    /** Resolves when so many pushes are in the hook. */
    async reached(pushes: number): Promise<void> {
      await expect
        .poll(async () => (await readFile(arrivals, "utf8")).split("\n").length - 1, {
          message: `${pushes} pushes are in the ${hook} hook`,
          timeout: 20_000,
          intervals: [20],
        })
        .toBe(pushes);
    },
    async letGo(): Promise<void> {
      await rm(path);
      await rm(hold);
    },
  };
}
