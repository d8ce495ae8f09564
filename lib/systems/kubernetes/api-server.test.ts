import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import * as z from "zod";
import { openApiServer } from "./api-server.ts";
import { ClusterError } from "./errors.ts";
import { type Actor, actorFor } from "./port.ts";

let directory: string;
let address: string;
const received: string[][] = [];
const server = createServer((call, answer) => {
  received.push(call.rawHeaders);
  call.resume().on("end", () => answer.end("{}"));
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-api-server-"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

/** The lines of the call that arrived, as they arrived; names in small letters. */
async function linesOf(user: unknown, actor?: Actor): Promise<string[]> {
  const path = join(directory, "kubeconfig.yaml");
  const config = {
    clusters: [{ name: "c", cluster: { server: address, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, stringify(config));
  const send = openApiServer({ id: "gravv", kubeconfigPath: path, context: undefined });
  const response = await send(
    { method: "PATCH", path: "/a", ...(actor && { actor }), body: {} },
    AbortSignal.timeout(10_000),
  );
  response.resume();
  const raw = received.at(-1) ?? [];
  return raw.flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []));
}

const impersonating = (lines: string[]) => lines.filter((line) => line.startsWith("impersonate-"));

function ada(...groups: string[]): Actor {
  const made = actorFor({ account: "ada", groups }, groups);
  if (!made.ok) {
    throw new Error(made.because);
  }
  return made.actor;
}

it("a call as a person carries one line for the user and one for each group, beside Gatehouse's own token", async () => {
  const lines = await linesOf({ token: "secret" }, ada("ops", "payments", "CN=Leads, OU=EU"));
  expect(lines).toContain("authorization: Bearer secret");
  expect(impersonating(lines)).toEqual([
    "impersonate-user: ada",
    "impersonate-group: ops",
    "impersonate-group: payments",
    "impersonate-group: CN=Leads, OU=EU",
  ]);
});

it("a person of no group carries no line of one, and a call as Gatehouse itself no line at all", async () => {
  expect(impersonating(await linesOf({ token: "secret" }, ada()))).toEqual(["impersonate-user: ada"]);
  expect(impersonating(await linesOf({ token: "secret" }))).toEqual([]);
});

it("somebody whom the kubeconfig impersonates never takes the person's place", async () => {
  const lines = await linesOf({ token: "secret", as: "robot" }, ada("ops"));
  expect(impersonating(lines)).toEqual(["impersonate-user: ada", "impersonate-group: ops"]);
});

it("credentials that the kubeconfig's own program does not give are said so, without that program's words", async () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: join(directory, "no-such-program") };
  const failure = await linesOf({ exec }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ClusterError);
  expect(failure).toMatchObject({
    code: "denied",
    message: "Gatehouse's own credentials for the cluster cannot be had",
  });
});

/** An API server of a sort: answers with 200 to whoever carries one of the tokens, and with 401 to all others. */
async function serverFor(...tokens: string[]) {
  const seen: string[] = [];
  const accepted = new Set(tokens);
  const one = createServer((call, answer) => {
    const token = call.headers.authorization?.replace("Bearer ", "") ?? "";
    seen.push(token);
    answer.writeHead(accepted.has(token) ? 200 : 401).end("{}");
  });
  one.listen(0, "127.0.0.1");
  await once(one, "listening");
  const { port } = z.object({ port: z.number() }).parse(one.address());
  return { url: `http://127.0.0.1:${port}`, seen, accepted, close: () => one.close() };
}

async function writeKubeconfig(name: string, server: string, user: unknown): Promise<string> {
  const path = join(directory, `${name}.yaml`);
  const config = {
    clusters: [{ name: "cluster", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "admin" } }],
    "current-context": "context",
  };
  await writeFile(path, stringify(config));
  return path;
}

function credentialOf(token: string) {
  return { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } };
}

/** A user whose token comes from a program that notes each time that it is run. */
function userByProgram(token: string, notes: string) {
  const script = `echo run >> "$1"; echo '${JSON.stringify(credentialOf(token))}'`;
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "/bin/sh",
      args: ["-c", script, "credentials", join(directory, notes)],
      interactiveMode: "Never",
    },
  };
}

async function statusOf(send: ReturnType<typeof openApiServer>, withinMs = 10_000): Promise<number | undefined> {
  const response = await send({ method: "GET", path: "/" }, AbortSignal.timeout(withinMs));
  response.resume();
  return response.statusCode;
}

describe("two clusters whose users have the same name", () => {
  it.each([
    ["tokens", (token: string) => ({ token })],
    ["programs that give tokens", (token: string) => userByProgram(token, `same-${token}`)],
  ])("each get their own credentials alone, by %s", async (_how, userOf) => {
    const servers = await Promise.all(["red", "blue"].map((token) => serverFor(token)));
    const sends = await Promise.all(
      servers.map(async ({ url, accepted }, index) => {
        const kubeconfigPath = await writeKubeconfig(`same-${index}`, url, userOf([...accepted].join()));
        return openApiServer({ id: `c${index}`, kubeconfigPath, context: undefined });
      }),
    );
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, call) => statusOf(sends[call % 2] ?? never)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(servers.map(({ seen }) => [...new Set(seen)])).toEqual([["red"], ["blue"]]);
    for (const { close } of servers) {
      close();
    }
  });
});

const never = () => Promise.reject(new Error("there is no such cluster"));

it("a kubeconfig's own program is run once for all calls that wait for it", async () => {
  const { url, close } = await serverFor("red");
  const kubeconfigPath = await writeKubeconfig("once", url, userByProgram("red", "once"));
  const send = openApiServer({ id: "gravv", kubeconfigPath, context: undefined });
  expect(await Promise.all(Array.from({ length: 10 }, () => statusOf(send)))).toEqual(Array(10).fill(200));
  expect(await readFile(join(directory, "once"), "utf8")).toBe("run\n");
  close();
});

it("a cluster that hangs keeps no other waiting", async () => {
  const { url, close } = await serverFor("red");
  const silent = createServer(() => undefined);
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = z.object({ port: z.number() }).parse(silent.address());
  const hangingPath = await writeKubeconfig("hanging", `http://127.0.0.1:${port}`, { token: "red" });
  const hanging = openApiServer({ id: "hanging", kubeconfigPath: hangingPath, context: undefined });
  const giveUp = new AbortController();
  const waits = Promise.allSettled(
    Array.from({ length: 50 }, () => hanging({ method: "GET", path: "/" }, giveUp.signal)),
  );
  const wellPath = await writeKubeconfig("well", url, { token: "red" });
  expect(await statusOf(openApiServer({ id: "well", kubeconfigPath: wellPath, context: undefined }))).toBe(200);
  giveUp.abort();
  expect((await waits).every(({ status }) => status === "rejected")).toBe(true);
  close();
  silent.closeAllConnections();
  silent.close();
});

it("a kubeconfig's program that hangs is not waited for beyond a call's own deadline", async () => {
  const { url, close } = await serverFor("red");
  const ended = join(directory, "may-end");
  const script = `while [ ! -e "$1" ]; do sleep 0.05; done; echo '${JSON.stringify(credentialOf("red"))}'`;
  const args = ["-c", script, "credentials", ended];
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sh", args, interactiveMode: "Never" };
  const kubeconfigPath = await writeKubeconfig("program", url, { exec });
  const send = openApiServer({ id: "gravv", kubeconfigPath, context: undefined });
  await expect(statusOf(send, 100)).rejects.toMatchObject({ name: "TimeoutError" });
  await writeFile(ended, "");
  expect(await statusOf(send)).toBe(200);
  close();
});

it("credentials that were replaced in the kubeconfig are read anew once the old ones are refused", async () => {
  const { url, seen, accepted, close } = await serverFor("old");
  const kubeconfigPath = await writeKubeconfig("replaced", url, { token: "old" });
  const send = openApiServer({ id: "gravv", kubeconfigPath, context: undefined });
  expect(await statusOf(send)).toBe(200);
  accepted.clear();
  accepted.add("new");
  await writeKubeconfig("replaced", url, { token: "new" });
  expect([await statusOf(send), await statusOf(send), await statusOf(send)]).toEqual([401, 200, 200]);
  expect(seen).toEqual(["old", "old", "new", "new"]);
  close();
});

it("a cluster that is to be Gatehouse's own, where it runs in none, is told so at once", () => {
  expect(() => openApiServer({ id: "gravv", kubeconfigPath: undefined, context: undefined })).toThrow(
    "Cluster gravv is the one that Gatehouse runs in, and it runs in none",
  );
});
