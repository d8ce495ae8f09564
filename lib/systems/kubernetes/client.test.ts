import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import * as z from "zod";
import { openCluster } from "./client.ts";
import { ClusterError } from "./errors.ts";
import type { ClusterPort, WatchMessage } from "./port.ts";

/** What an API server may send at its worst; a real one cannot be made to. */
let script: (answer: ServerResponse) => void = (answer) => answer.end();
const asked: string[] = [];
const server = createServer((call, answer) => {
  asked.push(call.url ?? "");
  script(answer);
});

let directory: string;
let port: ClusterPort;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-client-"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
beforeEach(async () => {
  asked.length = 0;
  const address = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
  const kubeconfigPath = join(directory, "kubeconfig.yaml");
  const config = {
    clusters: [{ name: "c", cluster: { server: address, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "secret" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(kubeconfigPath, stringify(config));
  port = openCluster({ id: "gravv", kubeconfigPath, context: undefined });
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const deadline = () => AbortSignal.timeout(10_000);

type Read = Readonly<{ messages: WatchMessage[]; failure: unknown }>;

async function watchFrom(resourceVersion: string | undefined): Promise<Read> {
  const messages: WatchMessage[] = [];
  try {
    for await (const message of port.watch("Pod", { resourceVersion, timeoutSeconds: 300 }, deadline())) {
      messages.push(message);
    }
    return { messages, failure: undefined };
  } catch (failure) {
    return { messages, failure };
  }
}

const watch = () => watchFrom("5");

async function list(): Promise<unknown> {
  try {
    for await (const { items } of port.list("Pod", deadline())) {
      expect(items).toBeDefined();
    }
    return undefined;
  } catch (failure) {
    return failure;
  }
}

const says = (status: number, body: string, headers: Record<string, string> = {}) => {
  script = (answer) => answer.writeHead(status, headers).end(body);
};
const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const pod = (name: string) => ({ metadata: { name, uid: "u", resourceVersion: "6" } });

describe("an API server that answers a read with", () => {
  it.each([
    [429, { "Retry-After": "7" }, { code: "throttled", retryAfterMs: 7000 }],
    [429, { "Retry-After": "99999999999" }, { code: "throttled", retryAfterMs: 60_000 }],
    [503, { "Retry-After": "2" }, { code: "unreachable", retryAfterMs: 2000 }],
    [500, {}, { code: "unreachable", retryAfterMs: undefined }],
    [403, {}, { code: "denied" }],
    [404, {}, { code: "not_found" }],
    [410, {}, { code: "expired" }],
  ] as const)("%i %j is understood so, in a list as in a watch", async (status, headers, expected) => {
    says(status, '{"message":"secret of the vendor"}', headers);
    for (const failure of [await list(), (await watch()).failure]) {
      expect(failure).toBeInstanceOf(ClusterError);
      expect(failure).toMatchObject(expected);
      expect(String(failure)).not.toContain("secret");
    }
  });

  it.each([["{"], ["<html>"], ["null"], ['{"items":[]}'], [""]])("200 and %j is no list", async (body) => {
    says(200, body);
    expect(await list()).toMatchObject({ code: "unreachable" });
  });

  it("half a list and a cut is no list", async () => {
    script = (answer) => {
      answer.writeHead(200, { "Content-Length": "1000" });
      answer.write('{"metadata":{"resourceVersion":"1"},"items":[');
      setImmediate(() => answer.destroy());
    };
    expect(await list()).toMatchObject({ code: "unreachable" });
  });
});

describe("an API server without WatchList", () => {
  it.each([400, 422])("says so by %i, and is asked for it once and not for each kind", async (status) => {
    says(status, "{}");
    expect((await watchFrom(undefined)).failure).toMatchObject({ code: "unsupported" });
    expect((await watchFrom(undefined)).failure).toMatchObject({ code: "unsupported" });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain("sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
  });

  it("is asked for it again after ten minutes, for the refusal may have been a stray one", async () => {
    let nowMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => nowMs);
    says(400, "{}");
    await watchFrom(undefined);
    nowMs = 599_000;
    expect((await watchFrom(undefined)).failure).toMatchObject({ code: "unsupported" });
    expect(asked).toHaveLength(1);
    nowMs = 600_000;
    says(200, "");
    expect((await watchFrom(undefined)).failure).toBeUndefined();
    expect(asked).toHaveLength(2);
    clock.mockRestore();
  });

  it("is no other than one that refuses a version", async () => {
    says(400, "{}");
    expect((await watchFrom("nonsense")).failure).toMatchObject({ code: "rejected" });
    says(200, "");
    expect((await watchFrom(undefined)).failure).toBeUndefined();
  });
});

describe("a watch", () => {
  it.each([
    ["expired", event("ERROR", { code: 410 })],
    ["throttled", event("ERROR", { code: 429, details: { retryAfterSeconds: 3 } })],
    ["unreachable", event("ERROR", { code: 500 })],
    ["unreachable", event("ERROR", "nonsense")],
    ["unreachable", event("SOMETHING", {})],
    ["garbled", "{\n"],
    ["garbled", "null\n"],
    ["garbled", '{"type":7}\n'],
    ["garbled", event("BOOKMARK", { metadata: {} })],
    ["garbled", '{"type":"ADDED","object":{"meta'],
  ])("ends as %s after %j, with what came before it told", async (code, text) => {
    says(200, event("ADDED", pod("before")) + text);
    const { messages, failure } = await watch();
    expect(messages.map(({ type }) => type)).toEqual(["opened", "changed"]);
    expect(failure).toBeInstanceOf(ClusterError);
    expect(failure).toMatchObject({ code });
  });

  it("tells the bookmark after which all objects have been told from any other", async () => {
    const bookmark = (annotations?: object) => event("BOOKMARK", { metadata: { resourceVersion: "9", annotations } });
    says(200, bookmark() + bookmark({ other: "true" }) + bookmark({ "k8s.io/initial-events-end": "true" }));
    const { messages } = await watchFrom(undefined);
    expect(messages.map((message) => message.type === "bookmark" && message.isWhole)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it("that is cut is not taken for one that ended in good order", async () => {
    script = (answer) => {
      answer.write(event("ADDED", pod("before")));
      setImmediate(() => answer.destroy());
    };
    expect((await watch()).failure).toMatchObject({ code: "unreachable" });
    says(200, event("ADDED", pod("before")));
    expect((await watch()).failure).toBeUndefined();
  });

  it("waits as long as an error in it asks", async () => {
    says(200, event("ERROR", { code: 429, details: { retryAfterSeconds: 3 } }));
    expect((await watch()).failure).toMatchObject({ retryAfterMs: 3000 });
  });

  it("tells names as they are, whatever stands in them", async () => {
    const names = [
      "<script>alert(1)</script>",
      "\u001b[31mred\u001b[0m",
      "\u202egnp.exe",
      "__proto__",
      "é 数据 😀",
      "x".repeat(1_000_000),
    ];
    says(200, names.map((name) => event("MODIFIED", pod(name))).join(""));
    const { messages } = await watch();
    expect(messages.slice(1)).toEqual(names.map((name) => ({ type: "changed", object: pod(name) })));
  });
});
