import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
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
