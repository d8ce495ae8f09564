import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { objectStoreKeys, objectStoreRegion, startObjectStore } from "#cluster/object-store.ts";
import type { Part } from "#cluster/parts.ts";
import { obtainTestProgram } from "#cluster/programs.ts";
import type { BucketConfig } from "#lib/systems/object-store/port.ts";

/** A machine without the program builds it first. */
export const OBJECT_STORE_BUILD_MS = 600_000;

const KEY = "GATEHOUSE_TEST_ACCESS_KEY_ID";
const SECRET = "GATEHOUSE_TEST_SECRET_ACCESS_KEY";

/** What a bucket does by itself. */
export type BucketKind = "plain" | "versioned" | "governed" | "locked";

/** A bucket, and what somebody can do to it who does not go through Gatehouse. */
export type TestBucket = Readonly<{
  config: BucketConfig;
  /** Writes whatever is there already. */
  overwrite(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Removes one version for good; answers the status. */
  removeVersion(key: string, versionId: string): Promise<number>;
}>;

export type TestStore = Readonly<{
  server: Part;
  bucket(kind: BucketKind): Promise<TestBucket>;
  stop(): Promise<void>;
}>;

/** Starts an object store of the test's own, whose keys are in this process's environment under the names that its configs say. */
export async function startTestStore(): Promise<TestStore> {
  const program = await obtainTestProgram("versitygw", { environment: process.env });
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-store-"));
  const store = await startObjectStore({ directory, program });
  process.env[KEY] = objectStoreKeys.accessKeyId;
  process.env[SECRET] = objectStoreKeys.secretAccessKey;
  const client = new AwsClient({ ...objectStoreKeys, service: "s3", region: objectStoreRegion, retries: 0 });

  async function ask(method: string, path: string, text?: string, headers: Record<string, string> = {}) {
    const digest = text === undefined ? {} : { "Content-MD5": createHash("md5").update(text).digest("base64") };
    const body = text === undefined ? {} : { body: text };
    const init = { method, headers: { ...headers, ...digest }, ...body };
    return fetch(await client.sign(`${store.endpoint}/${path}`, init));
  }

  async function done(...call: Parameters<typeof ask>): Promise<void> {
    const response = await ask(...call);
    if (!response.ok) {
      throw new Error(`${call[0]} ${call[1]} is answered with ${response.status}: ${await response.text()}`);
    }
  }

  async function makeBucket(name: string, kind: BucketKind): Promise<void> {
    const isLocked = kind === "governed" || kind === "locked";
    await done("PUT", name, undefined, isLocked ? { "x-amz-bucket-object-lock-enabled": "true" } : {});
    if (kind === "versioned") {
      const status = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
      await done("PUT", `${name}?versioning`, status);
    }
    if (isLocked) {
      const mode = kind === "locked" ? "COMPLIANCE" : "GOVERNANCE";
      const rule = `<Rule><DefaultRetention><Mode>${mode}</Mode><Days>1</Days></DefaultRetention></Rule>`;
      const lock = `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
      await done("PUT", `${name}?object-lock`, lock);
    }
  }

  return {
    server: store.server,
    async bucket(kind) {
      const name = `record-${randomUUID()}`;
      await makeBucket(name, kind);
      const credentials = { accessKeyId: KEY, secretAccessKey: SECRET, sessionToken: "GATEHOUSE_TEST_SESSION_TOKEN" };
      return {
        config: { endpoint: store.endpoint, bucket: name, region: objectStoreRegion, credentials },
        overwrite: (key, text) => done("PUT", `${name}/${key}`, text),
        remove: (key) => done("DELETE", `${name}/${key}`),
        removeVersion: async (key, versionId) => (await ask("DELETE", `${name}/${key}?versionId=${versionId}`)).status,
      };
    },
    async stop() {
      await store.stop();
      await rm(directory, { recursive: true });
    },
  };
}
