import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aContainerOfCompose } from "#lib/testing/cluster-objects.ts";
import { type Engine, engineHere, startEngine } from "#lib/testing/container-engine.ts";
import { canMakeCertificates, type EngineByTls, serveByTls } from "#lib/testing/engine-by-tls.ts";
import { canDropPackets, silenceLine, watchPorts } from "#lib/testing/silent-line.ts";
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
    const listed = (await port.list(never)).containers.filter((one) => one.project === project);
    expect(listed).toMatchObject([{ id, project, service: "api", number: 1, isOneOff: false, health: undefined }]);
    expect(listed[0]?.state).toMatch(/^(created|running|exited)$/);
    expect(listed[0]?.image).not.toBe("");
    await remove(id);
    expect((await port.list(never)).containers.filter((one) => one.project === project)).toEqual([]);
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
const hasCertificates = await canMakeCertificates();
const canDrop = await canDropPackets();

describe.runIf(engine !== undefined)("a real engine (podman), where this machine has one", () => {
  let running: Engine;
  let port: DockerPort;

  beforeAll(async () => {
    running = await startEngine(engine ?? "");
    port = openDockerHost({ id: "real", socketPath: running.socketPath });
  }, 60_000);
  afterAll(() => running?.stop());

  contract(() => ({ port, run: running.run, remove: running.remove }));

  describe.runIf(hasCertificates)("by TLS", () => {
    let served: EngineByTls;
    let byTls: DockerPort;
    beforeAll(async () => {
      served = await serveByTls(running.socketPath);
      byTls = openDockerHost({ id: "tls", url: served.url, tls: served.tls });
    });
    afterAll(() => served?.stop());

    contract(() => ({ port: byTls, run: running.run, remove: running.remove }));

    it("lets in nobody whom another authority vouches for, and is believed by nobody who trusts another", async () => {
      const { url, tls, stranger } = served;
      for (const wrong of [stranger, { ...tls, ca: stranger.certificate }]) {
        await expect(openDockerHost({ id: "x", url, tls: wrong }).probe(never)).rejects.toMatchObject({
          code: "unreachable",
        });
      }
    });

    it.runIf(canDrop)("whose stream of events goes dead without a word ends it within 5 s", async () => {
      const ports = watchPorts();
      const begunAt = Promise.withResolvers<number>();
      const follow = async () => {
        for await (const _told of byTls.events(never)) {
          begunAt.resolve(performance.now());
        }
      };
      const following = follow();
      const silentAt = await begunAt.promise;
      const restore = await silenceLine(ports.portOf("/v1.40/events") ?? 0);
      try {
        await expect(following).rejects.toMatchObject({ code: "unreachable" });
        expect(performance.now() - silentAt).toBeLessThan(5000);
      } finally {
        await restore();
        ports.stop();
      }
    });
  });
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
