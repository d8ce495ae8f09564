import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aContainerOfCompose } from "#lib/testing/cluster-objects.ts";
import { type Engine, engineHere, startEngine } from "#lib/testing/container-engine.ts";
import { openDockerHost } from "./client.ts";
import { fakeDocker } from "./fake.ts";
import type { DockerPort } from "./port.ts";

const never = new AbortController().signal;

/** What a test needs to put a container there and take it away. */
type Subject = Readonly<{
  port: DockerPort;
  run(project: string, service: string): Promise<string>;
  remove(id: string): Promise<void>;
}>;

function contract(subjectOf: () => Subject): void {
  it("answers whether it is there", async () => {
    await expect(subjectOf().port.probe(never)).resolves.toBeUndefined();
  });

  it("lists what Compose made with project, service, image and state, and nothing that it did not make", async () => {
    const { port, run, remove } = subjectOf();
    const project = `p-${randomUUID().slice(0, 8)}`;
    const id = await run(project, "api");
    const listed = (await port.list(never)).filter((one) => one.project === project);
    expect(listed).toMatchObject([{ id, project, service: "api", number: 1, isOneOff: false, health: undefined }]);
    expect(listed[0]?.state).toMatch(/^(created|running|exited)$/);
    expect(listed[0]?.image).not.toBe("");
    await remove(id);
    expect((await port.list(never)).filter((one) => one.project === project)).toEqual([]);
  });

  it("tells first that it tells, then that something has happened", async () => {
    const { port, run, remove } = subjectOf();
    const stopping = new AbortController();
    const told: string[] = [];
    let made: string | undefined;
    for await (const one of port.events(stopping.signal)) {
      told.push(one);
      if (one === "opened") {
        made = await run(`p-${randomUUID().slice(0, 8)}`, "worker");
      } else {
        stopping.abort();
      }
    }
    expect(told.slice(0, 2)).toEqual(["opened", "changed"]);
    await remove(made ?? "");
  });
}

describe("the fake Docker Engine", () => {
  const docker = fakeDocker();
  contract(() => ({
    port: docker.port,
    async run(project, service) {
      const id = randomUUID();
      docker.put(aContainerOfCompose({ id, project, service, health: undefined }));
      return id;
    },
    async remove(id) {
      docker.remove(id);
    },
  }));
});

const engine = await engineHere();

describe.runIf(engine !== undefined)("a real engine (podman), where this machine has one", () => {
  let running: Engine;
  let port: DockerPort;

  beforeAll(async () => {
    running = await startEngine(engine ?? "");
    port = openDockerHost({ id: "real", socketPath: running.socketPath });
  }, 60_000);
  afterAll(() => running?.stop());

  contract(() => ({ port, run: running.run, remove: running.remove }));
});

describe("an engine that cannot be reached", () => {
  it("is unreachable, in our words", async () => {
    const port = openDockerHost({ id: "none", socketPath: "/nowhere/docker.sock" });
    await expect(port.probe(never)).rejects.toMatchObject({
      code: "unreachable",
      message: "the Docker Engine does not answer",
    });
    await expect(port.list(never)).rejects.toMatchObject({ code: "unreachable" });
  });
});
