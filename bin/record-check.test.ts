import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPlace } from "#lib/audit/places.ts";
import { openSigningKey } from "#lib/audit/signing.ts";
import { parseEstate } from "#lib/estate/load.ts";
import type { Estate } from "#lib/estate/model.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { openBucket } from "#lib/systems/object-store/client.ts";
import type { BucketConfig } from "#lib/systems/object-store/port.ts";
import { OBJECT_STORE_BUILD_MS, startTestStore, type TestStore } from "#lib/testing/object-store.ts";
import { checkRecord } from "./record-check.ts";

let scratch: string;
let store: TestStore;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gatehouse-record-check-"));
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(join(scratch, "record.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  store = await startTestStore();
}, OBJECT_STORE_BUILD_MS);
afterAll(async () => {
  await store.stop();
  await rm(scratch, { recursive: true });
});

/** As gatehouse.yaml says it. */
function estateOf({ bucket, region, endpoint, credentials }: BucketConfig): Estate {
  const { accessKeyId, secretAccessKey } = credentials;
  const text = `
version: 1
clusters: [{ id: here, kubeconfig: kubeconfig }]
platforms:
  - id: gravv
    name: gravv
    environments: [{ id: live, tier: live, cluster: here, namespaces: [gravv] }]
record:
  key: record.key
  checkpoints:
    - bucket: ${bucket}
      region: ${region}
      endpoint: ${endpoint}
      credentials: { accessKeyIdFrom: ${accessKeyId}, secretAccessKeyFrom: ${secretAccessKey} }
`;
  return parseEstate(text, join(scratch, "gatehouse.yaml"), (name) => process.env[name]);
}

async function addCheckpoint(estate: Estate): Promise<void> {
  const [place] = estate.record?.checkpoints ?? [];
  if (place === undefined) {
    throw new Error("the estate has no place of checkpoints");
  }
  const systems = { openBucket, openRepository: () => openRepository({ url: "", directory: scratch }) };
  const key = openSigningKey(join(scratch, "record.key"));
  const opened = openPlace(place, systems, [key.verifying]);
  await opened.add(key.sign({ seq: 7, hash: "a".repeat(64), at: "2026-11-21T09:00:00.000Z" }));
}

describe("check says of a bucket", () => {
  test.each([
    ["plain", "keeps no versions, so a checkpoint that is written over or deleted there leaves no trace"],
    ["versioned", "locks nothing, so whoever may delete versions can remove a checkpoint without a trace"],
    ["governed", "locks in the mode GOVERNANCE, which whoever has that right gets around"],
  ] as const)("that a %s one does not keep all there is", async (kind, words) => {
    const { config } = await store.bucket(kind);
    const lines = await checkRecord(estateOf(config), undefined);
    const name = `bucket ${config.bucket} at ${config.endpoint}`;
    expect(lines).toEqual([
      { isFine: true, line: expect.stringMatching(/^✓ record {7}signed by the key [0-9a-f]{64}$/) },
      { isFine: true, line: `✓ reached      checkpoints in ${name}: none yet` },
      { isFine: true, line: expect.stringContaining(`▲ record       ${name} ${words}`) },
    ]);
  });

  test("that is locked how far its checkpoints go, and nothing against it", async () => {
    const { config } = await store.bucket("locked");
    const estate = estateOf(config);
    await addCheckpoint(estate);
    expect((await checkRecord(estate, undefined)).slice(1)).toEqual([
      {
        isFine: true,
        line: `✓ reached      checkpoints in bucket ${config.bucket} at ${config.endpoint}: up to row 7`,
      },
    ]);
  });

  test("which of its checkpoints somebody has deleted, and fails", async () => {
    const { config, remove } = await store.bucket("locked");
    const estate = estateOf(config);
    await addCheckpoint(estate);
    await remove("checkpoints/000/000/000/007.json");
    const lines = await checkRecord(estate, undefined);
    expect(lines.filter(({ isFine }) => !isFine)).toEqual([
      {
        isFine: false,
        line: `✗ record       the checkpoint at row 7 in bucket ${config.bucket} at ${config.endpoint} was deleted after it was written`,
      },
    ]);
  });

  test("what somebody put among its checkpoints, and fails", async () => {
    const { config, overwrite } = await store.bucket("locked");
    const estate = estateOf(config);
    await addCheckpoint(estate);
    await overwrite("checkpoints/000/000/000/008.json", "another text");
    const lines = await checkRecord(estate, undefined);
    const name = `bucket ${config.bucket} at ${config.endpoint}`;
    expect(lines).toContainEqual({ isFine: true, line: `✓ reached      checkpoints in ${name}: up to row 7` });
    expect(lines.filter(({ isFine }) => !isFine)).toEqual([
      {
        isFine: false,
        line: `✗ record       somebody put something among the checkpoints, which counts for nothing: checkpoints/000/000/000/008.json in ${name} is no checkpoint`,
      },
    ]);
  });

  test("that is not there so, and fails", async () => {
    const { config } = await store.bucket("plain");
    const lines = await checkRecord(estateOf({ ...config, bucket: "nowhere" }), undefined);
    expect(lines.at(-1)).toEqual({
      isFine: false,
      line: `✗ not reached  checkpoints in bucket nowhere at ${config.endpoint}: bucket nowhere at ${config.endpoint} answers 404 NoSuchBucket to GET ?versions: expected a bucket of that name there`,
    });
  });
});
