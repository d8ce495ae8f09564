import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openDockerHost } from "./client.ts";
import type { DockerPort } from "./port.ts";

/** What an engine may answer at its worst, by path; a real one cannot be made to. */
const answers = new Map<string, Readonly<{ status: number; body: string }>>();
const server = createServer((call, answer) => {
  const { pathname } = new URL(call.url ?? "", "http://docker");
  const { status, body } = answers.get(pathname.replace("/v1.40", "")) ?? { status: 404, body: "{}" };
  answer.writeHead(status).end(body);
});
const never = new AbortController().signal;

let directory: string;
let port: DockerPort;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-docker-"));
  const socketPath = join(directory, "docker.sock");
  await once(server.listen(socketPath), "listening");
  port = openDockerHost({ id: "scripted", socketPath });
});
beforeEach(() => answers.clear());
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true, force: true });
});

const labels = { "com.docker.compose.project": "acme", "com.docker.compose.service": "api" };

/** Lists containers by their ids, and answers so for each. */
function holds(inspected: Readonly<Record<string, Readonly<{ status: number; body: string }>>>): void {
  const listed = Object.keys(inspected).map((id) => ({ Id: id, Names: [`/acme-${id}`], Labels: labels }));
  answers.set("/containers/json", { status: 200, body: JSON.stringify(listed) });
  for (const [id, answer] of Object.entries(inspected)) {
    answers.set(`/containers/${id}/json`, answer);
  }
}

const container = (id: string, more: object = {}) => ({
  Id: id,
  Name: `/acme-${id}`,
  Created: "2026-11-21T12:00:00Z",
  Config: { Image: "api:1", Labels: labels },
  State: { Status: "running" },
  ...more,
});
const says = (body: unknown, status = 200) => ({ status, body: JSON.stringify(body) });

it("a container of which the engine says something odd, or nothing, is named and keeps no other from being seen", async () => {
  holds({
    well: says(container("well")),
    error: says({ message: "secret of the engine" }, 500),
    cut: { status: 200, body: '{"Id":"cut","Name' },
    timeless: says(container("timeless", { Created: "yesterday" })),
    stateless: says(container("stateless", { State: null })),
    gone: says({}, 404),
  });
  const { containers, unreadable } = await port.list(never);
  expect(containers.map(({ id }) => id)).toEqual(["well"]);
  expect(unreadable).toEqual(["error", "cut", "timeless", "stateless"].map((id) => ({ id, name: `acme/acme-${id}` })));
});

it("an engine that refuses the containers, or whose list is none, is not one without containers", async () => {
  holds({ one: says({}, 403) });
  await expect(port.list(never)).rejects.toMatchObject({ code: "denied" });
  for (const body of ["{", "{}", '[{"Names":[]}]']) {
    answers.set("/containers/json", { status: 200, body });
    await expect(port.list(never)).rejects.toMatchObject({ code: "garbled" });
  }
  answers.set("/containers/json", { status: 500, body: "" });
  await expect(port.list(never)).rejects.toMatchObject({ code: "failed" });
});
