import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { objectStoreKeys } from "#cluster/object-store.ts";
import { OBJECT_STORE_BUILD_MS, startTestStore, type TestStore } from "#lib/testing/object-store.ts";
import { openBucket } from "./client.ts";
import type { BucketConfig, BucketPort, VersionMark } from "./port.ts";

const AddressShape = z.object({ port: z.number() });
let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
}, OBJECT_STORE_BUILD_MS);
afterAll(() => store.stop());

async function textsOf(bucket: BucketPort, prefix: string): Promise<string[]> {
  const { versions } = await bucket.versions(prefix);
  return Promise.all(versions.map((version) => bucket.read(version)));
}

describe("a bucket of a real object store", () => {
  it.each(["plain", "versioned", "locked"] as const)("takes a key once and never over it: a %s one", async (kind) => {
    const { config } = await store.bucket(kind);
    const bucket = openBucket(config);
    expect(await bucket.create("a/b.json", "one")).toBe(true);
    expect(await bucket.create("a/b.json", "two")).toBe(false);
    expect(await textsOf(bucket, "a/")).toEqual(["one"]);
  });

  it("of ten that write one key at a time takes one", async () => {
    const { config } = await store.bucket("versioned");
    const bucket = openBucket(config);
    const texts = Array.from({ length: 10 }, (_, index) => `text ${index}`);
    const taken = await Promise.all(texts.map((text) => bucket.create("a.json", text)));
    expect(taken.filter((isTaken) => isTaken)).toHaveLength(1);
    expect(await textsOf(bucket, "a")).toEqual([texts[taken.indexOf(true)]]);
  });

  it("lists every version and deletion of what lies under a prefix, the newest first, and reads each", async () => {
    const { config, overwrite, remove } = await store.bucket("versioned");
    const bucket = openBucket(config);
    await bucket.create("a/1.json", "one");
    await overwrite("a/1.json", "two");
    await overwrite("a/1.json", "three");
    await bucket.create("b/1.json", "elsewhere");
    expect(await textsOf(bucket, "a/")).toEqual(["three", "two", "one"]);
    await remove("a/1.json");
    const { versions } = await bucket.versions("a/");
    expect(versions.filter(({ isDeletion }) => isDeletion)).toMatchObject([{ key: "a/1.json", isLatest: true }]);
    expect(versions.filter(({ isDeletion }) => !isDeletion)).toHaveLength(3);
  });

  it("goes from page to page and leaves out no version, in the middle of a key neither", async () => {
    const { config, overwrite, remove } = await store.bucket("versioned");
    const keys = ["1", "2", "3", "4", "5"].map((name) => `a/${name}.json`);
    for (const key of keys) {
      await overwrite(key, `first of ${key}`);
      await overwrite(key, `second of ${key}`);
    }
    await remove("a/3.json");
    const { versions: all } = await openBucket(config).versions("a/");
    expect(all).toHaveLength(11);
    for (const pageSize of [2, 3, 4, 10]) {
      const bucket = openBucket(config, { pageSize, deadlineMs: 10_000 });
      const paged = new Set<string>();
      let mark: VersionMark | undefined;
      do {
        const page = await bucket.versions("a/", mark);
        expect(page.versions.length).toBeLessThanOrEqual(pageSize);
        for (const { versionId } of page.versions) {
          paged.add(versionId);
        }
        mark = page.next;
      } while (mark !== undefined);
      expect(paged).toEqual(new Set(all.map(({ versionId }) => versionId)));
    }
  });

  it("whose listing does not get on says so and is not asked for ever", async () => {
    const { config, overwrite } = await store.bucket("versioned");
    await overwrite("a/1.json", "first");
    await overwrite("a/1.json", "second");
    // With pages of one, this very server answers with the same page again.
    const bucket = openBucket(config, { pageSize: 1, deadlineMs: 10_000 });
    const { next } = await bucket.versions("a/");
    await expect(bucket.versions("a/", next)).rejects.toThrow(
      `bucket ${config.bucket} at ${config.endpoint} lists the same page again`,
    );
  });

  it.each([
    ["plain", { keepsVersions: false, lock: undefined }],
    ["versioned", { keepsVersions: true, lock: undefined }],
    ["governed", { keepsVersions: true, lock: "GOVERNANCE" }],
    ["locked", { keepsVersions: true, lock: "COMPLIANCE" }],
  ] as const)("says what it keeps: a %s one", async (kind, keeping) => {
    const { config } = await store.bucket(kind);
    expect(await openBucket(config).keeping()).toEqual(keeping);
  });
});

describe("what goes wrong names endpoint, bucket, what was asked and the status, and no credentials:", () => {
  async function failureOf(config: BucketConfig, deadlineMs = 10_000): Promise<Error> {
    const failure: unknown = await openBucket(config, { pageSize: 1000, deadlineMs })
      .create("a/b.json", "text")
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    if (!(failure instanceof Error)) {
      throw new Error("it did not fail");
    }
    expect(failure.message).toContain(`bucket ${config.bucket} at ${config.endpoint}`);
    expect(failure.message).toContain("PUT a/b.json");
    expect(failure.message).not.toContain(objectStoreKeys.accessKeyId);
    expect(failure.message).not.toContain(objectStoreKeys.secretAccessKey);
    return failure;
  }

  it("a bucket that is not there", async () => {
    const { config } = await store.bucket("plain");
    const failure = await failureOf({ ...config, bucket: "nowhere" });
    expect(failure).toMatchObject({ code: "no_bucket", message: expect.stringContaining("404 NoSuchBucket") });
  });

  it("a wrong secret", async () => {
    const { config } = await store.bucket("plain");
    process.env.GATEHOUSE_TEST_WRONG = "wrong";
    const credentials = { ...config.credentials, secretAccessKey: "GATEHOUSE_TEST_WRONG" };
    const failure = await failureOf({ ...config, credentials });
    expect(failure).toMatchObject({ code: "denied", message: expect.stringContaining("403 SignatureDoesNotMatch") });
  });

  it("an access key that is not known", async () => {
    const { config } = await store.bucket("plain");
    process.env.GATEHOUSE_TEST_WRONG = "wrong";
    const credentials = { ...config.credentials, accessKeyId: "GATEHOUSE_TEST_WRONG" };
    expect((await failureOf({ ...config, credentials })).message).toMatch(/ answers 40[34] [A-Za-z]+ to /);
  });

  it("credentials that are not set, by the variable's name", async () => {
    const { config } = await store.bucket("plain");
    const credentials = { ...config.credentials, secretAccessKey: "GATEHOUSE_TEST_UNSET" };
    await expect(openBucket({ ...config, credentials }).versions("a/")).rejects.toThrow(
      "the environment variable GATEHOUSE_TEST_UNSET is not set",
    );
  });

  it("a server that takes the call and answers nothing", async () => {
    const { config } = await store.bucket("plain");
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket));
    try {
      const { port } = AddressShape.parse(silent.address());
      const failure = await failureOf({ ...config, endpoint: `http://127.0.0.1:${port}` }, 200);
      expect(failure).toMatchObject({ code: "timed_out" });
    } finally {
      for (const socket of sockets) {
        socket.destroy();
      }
      silent.close();
    }
  });

  it("a server that is down", async () => {
    const { config } = await store.bucket("plain");
    await store.server.kill();
    try {
      expect(await failureOf(config)).toMatchObject({ code: "unreachable" });
    } finally {
      await store.server.start();
    }
  });
});
