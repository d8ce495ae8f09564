import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { listAudit } from "#lib/audit/store.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { openWorld } from "#lib/testing/world.ts";
import { CONFIGURATION_SOURCE } from "#lib/watch/freshness.ts";
import { watchEstateFile } from "./file-watch.ts";
import type { Estate } from "./model.ts";

const text = (group: string, role = "viewer") => `version: 1
clusters: [{ id: c, kubeconfig: kube.yaml }]
platforms:
  - id: p
    name: P
    repository: { url: r.git, services: services }
    revisionAnnotation: a/revision
    environments: [{ id: live, tier: live, cluster: c, namespaces: [n], branch: main, paths: [services] }]
access:
  grants:
    - { role: ${role}, groups: [${group}] }
`;

let database: TestDatabase;
let runtime: Runtime;
let folder: string;
let stop: AbortController;
let watching: Promise<void>;
let taken: Estate[];

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-file-"));
  runtime = openWorld({ db: database.db, repositoryUrl: "unused", directory: "unused" });
  stop = new AbortController();
  taken = [];
  return async () => {
    stop.abort();
    await watching;
    rmSync(folder, { recursive: true });
  };
});

function follow(path: string): void {
  watching = watchEstateFile(runtime, path, (estate) => taken.push(estate), stop.signal);
}
const groups = () => taken.at(-1)?.roleGrants.flatMap((grant) => grant.groups);
const source = () => runtime.ring.rows().source.get(CONFIGURATION_SOURCE);
const soon = (look: () => void | Promise<void>) => vi.waitFor(look, { timeout: 5000, interval: 10 });
const recorded = async () =>
  (await listAudit(runtime.db, { target: CONFIGURATION_SOURCE, limit: 50 })).map(({ action, detail }) => [
    action,
    detail.digest,
  ]);

it("what is right is taken over by itself and is on record once, however many replicas read it", async () => {
  const path = join(folder, "gatehouse.yaml");
  writeFileSync(path, text("first"));
  follow(path);
  await soon(() => expect(groups()).toEqual(["first"]));
  writeFileSync(path, text("second"));
  await soon(() => expect(groups()).toEqual(["second"]));
  await soon(async () => expect((await recorded()).length).toBeGreaterThanOrEqual(2));
  const before = await recorded();
  const other = new AbortController();
  const seen: Estate[] = [];
  const replica = watchEstateFile(runtime, path, (estate) => seen.push(estate), other.signal);
  await soon(() => expect(seen).toHaveLength(1));
  other.abort();
  await replica;
  expect(await recorded()).toEqual(before);
});

it("what is wrong changes nothing and says its line until it is right again", async () => {
  const path = join(folder, "gatehouse.yaml");
  writeFileSync(path, text("right"));
  follow(path);
  await soon(() => expect(groups()).toEqual(["right"]));
  writeFileSync(path, text("wrong", "root"));
  await soon(() =>
    expect(source()).toMatchObject({
      state: "stale",
      message: expect.stringMatching(/^gatehouse\.yaml:11:15: access\.grants\[0\]\.role: expected/),
    }),
  );
  expect(groups()).toEqual(["right"]);
  rmSync(path);
  await soon(() => expect(source()).toMatchObject({ message: expect.stringContaining("cannot be read (ENOENT)") }));
  expect(groups()).toEqual(["right"]);
  writeFileSync(path, text("again"));
  await soon(() => expect(groups()).toEqual(["again"]));
  expect(source()).toBeUndefined();
});

it("a ConfigMap's swapped link is felt as any other change", async () => {
  for (const version of ["v1", "v2"]) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, "gatehouse.yaml"), text(version));
  }
  symlinkSync("v1", join(folder, "..data"));
  symlinkSync(join("..data", "gatehouse.yaml"), join(folder, "gatehouse.yaml"));
  follow(join(folder, "gatehouse.yaml"));
  await soon(() => expect(groups()).toEqual(["v1"]));
  symlinkSync("v2", join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  await soon(() => expect(groups()).toEqual(["v2"]));
});
