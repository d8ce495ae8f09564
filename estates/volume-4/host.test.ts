import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContainerEngine, findContainerEngine, startContainerEngine } from "#cluster/container-engine.ts";
import { openDockerHost } from "#lib/systems/docker/client.ts";
import { clients } from "./clients.ts";
import { containers, deploy } from "./host.ts";

describe("volume-4's containers", () => {
  it("are those of every stack of every client, each once, labelled as Compose labels them", async () => {
    const wishes = await containers();
    const names = wishes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const projects = new Set(wishes.map(({ labels }) => labels["com.docker.compose.project"]));
    expect(projects).toEqual(new Set(clients.flatMap(({ id, stacks }) => stacks.map((stack) => `${id}-${stack}`))));
  });

  it("of a client that is live are as they should be: what is wrong on purpose is wrong in a trial alone", () => {
    expect(clients.filter(({ broken }) => Object.keys(broken).length > 0).map(({ id }) => id)).toEqual(["birch"]);
  });
});

const program = await findContainerEngine();

describe.runIf(program !== undefined)("on a real engine (podman), where this machine has one", () => {
  let engine: ContainerEngine;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gatehouse-volume-4-"));
    engine = await startContainerEngine({
      program: program ?? "",
      directory,
      socketPath: join(directory, "docker.sock"),
    });
    await deploy(engine, new AbortController().signal);
  }, 120_000);
  afterAll(async () => {
    await engine?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  it("every container is seen, the broken ones as broken and those without a check as unchecked", async () => {
    const port = openDockerHost({ id: "clients", socketPath: engine.socketPath });
    const { containers: seen, unreadable } = await port.list(new AbortController().signal);
    expect(unreadable).toEqual([]);
    expect(seen.map(({ name }) => name).sort()).toEqual((await containers()).map(({ name }) => name).sort());
    const of = (name: string) => seen.find((one) => one.name === name);
    expect(of("amber-app-api-1")).toMatchObject({
      state: "running",
      health: "healthy",
      dependsOn: ["postgres", "redis", "mongo"],
    });
    expect(of("amber-app-frontend-1")).toMatchObject({ state: "running", health: undefined });
    expect(of("birch-app-worker-1")).toMatchObject({ state: "exited", exitCode: 1 });
    expect(of("birch-databases-mongo-1")).toMatchObject({ state: "running", health: "unhealthy" });
  });
});
