import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ComposeContainer } from "#lib/clusters/model.ts";
import { parseEstate } from "#lib/estate/load.ts";
import { DockerError } from "#lib/systems/docker/errors.ts";
import { type FakeDocker, fakeDocker } from "#lib/systems/docker/fake.ts";
import { aContainerOfCompose } from "#lib/testing/cluster-objects.ts";
import { watchComposeHost } from "./compose-watch.ts";
import { createEstateView, type EstateView } from "./estate-view.ts";
import { createRing, type Ring } from "./ring.ts";

const ESTATE = parseEstate(
  `version: 1
clusters: [{ id: gx, kubeconfig: kubeconfig }]
composeHosts: [{ id: shop, socket: docker.sock }]
platforms:
  - id: volume
    name: Volume
    environments: [{ id: acme, tier: live, composeHost: shop, projects: [acme] }]
`,
  "/estate/gatehouse.yaml",
  () => undefined,
);
const SILENT = new DockerError("unreachable", "the Docker Engine does not answer");

let docker: FakeDocker;
let ring: Ring;
let view: EstateView;
let stopping: AbortController;
let watching: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 12) });
  docker = fakeDocker("shop");
  ring = createRing(100);
  view = createEstateView(ESTATE, { ring, pods: createRing(100) }, () => new Date());
  stopping = new AbortController();
});

function begin(): void {
  const log = pino({ level: "silent" });
  watching = watchComposeHost({ host: docker.port, view, ring, clock: () => new Date(), log }, stopping.signal);
}

afterEach(async () => {
  stopping.abort();
  await vi.runOnlyPendingTimersAsync();
  await watching;
  view.stop();
  vi.useRealTimers();
});

const passed = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  view.flush();
};
const put = (changes: Partial<ComposeContainer>) => docker.put(aContainerOfCompose(changes));
const service = (name = "api") => ring.rows().service.get(`volume/acme/${name}`);
const source = () => ring.rows().source.get("docker:shop");

describe("a Compose host", () => {
  it("is ok once its containers are listed, and shows a service of each", async () => {
    begin();
    put({});
    put({ id: "c2", name: "acme-api-2", number: 2 });
    await passed(200);
    expect(source()).toMatchObject({ state: "ok" });
    expect(service()).toMatchObject({ kind: "Compose service", rollout: { state: "done", desired: 2, available: 2 } });
  });

  it("shows what happens to a container, and that one is gone", async () => {
    begin();
    put({});
    await passed(200);
    put({ state: "exited", exitCode: 137, isOutOfMemory: true, health: undefined });
    await passed(300);
    expect(service()?.rollout).toMatchObject({ state: "stuck", reason: { code: "crash_loop" } });
    docker.remove("c1");
    await passed(300);
    expect(service()).toBeUndefined();
  });

  it("that was never reached is unreachable, and one that stops answering is stale within 5 s; what was last seen stays", async () => {
    docker.fail(SILENT);
    begin();
    await passed(2000);
    expect(source()?.state).toBe("unreachable");
    docker.fail(undefined);
    put({});
    await passed(4000);
    expect(source()?.state).toBe("ok");
    docker.fail(SILENT);
    await passed(4000);
    expect(source()?.state).toBe("stale");
    expect(service()).toBeDefined();
  });

  it("that does not let Gatehouse read says so", async () => {
    begin();
    docker.fail(new DockerError("denied", "Gatehouse may not open the Docker Engine's socket"));
    await passed(2000);
    expect(source()).toMatchObject({ state: "denied", message: "Gatehouse may not open the Docker Engine's socket" });
  });

  it("is listed twice for a burst of a hundred events, and not a hundred times", async () => {
    begin();
    put({});
    await passed(1000);
    const before = docker.lists();
    docker.stir(100);
    await passed(1000);
    expect(docker.lists() - before).toBe(2);
  });

  it("whose stream of events has gone silent unseen is listed anew within 10 min, and stays ok meanwhile", async () => {
    begin();
    put({});
    await passed(1000);
    docker.loseEvents();
    docker.remove("c1");
    await passed(250_000);
    expect(service()).toBeDefined();
    const states: unknown[] = [];
    for (let minute = 0; minute < 6; minute += 1) {
      await passed(60_000);
      states.push(source()?.state);
    }
    expect(service()).toBeUndefined();
    expect(new Set(states)).toEqual(new Set(["ok"]));
  });

  it("of which one container cannot be read is ok, names it, leaves it as it was and shows all the rest", async () => {
    begin();
    put({});
    put({ id: "c2", name: "acme-api-2", number: 2 });
    await passed(300);
    docker.garble("c2");
    put({ id: "c3", name: "acme-worker-1", service: "worker" });
    await passed(300);
    expect(source()).toMatchObject({
      state: "ok",
      message: "cannot be read and are left out: Pod acme/acme-api-2",
      kinds: [{ kind: "Pod", state: "unreadable", objects: ["acme/acme-api-2"], count: 1 }],
    });
    expect(service()?.rollout).toMatchObject({ desired: 2, available: 2 });
    expect(service("worker")).toBeDefined();
    put({ id: "c2", name: "acme-api-2", number: 2 });
    await passed(300);
    expect(source()).toMatchObject({ state: "ok", message: null });
    expect(source()?.kinds).toBeUndefined();
  });

  it("does not count what somebody ran beside a service", async () => {
    begin();
    put({ isOneOff: true, state: "exited", exitCode: 1 });
    await passed(200);
    expect(service()).toBeUndefined();
  });
});

describe("a service of Compose", () => {
  it.each<[string, Partial<ComposeContainer>, string, string | undefined]>([
    ["is healthy", {}, "done", undefined],
    ["has no health check", { health: undefined }, "unknown", "unchecked"],
    ["is unhealthy", { health: "unhealthy" }, "stuck", "probe"],
    ["is starting", { health: "starting" }, "progressing", undefined],
    ["restarts again and again", { state: "restarting", exitCode: 1, restarts: 9 }, "stuck", "crash_loop"],
    ["has ended with a failure", { state: "exited", exitCode: 2 }, "stuck", "crash_loop"],
    ["has done what it was for", { state: "exited", exitCode: 0, health: undefined }, "done", undefined],
    ["is paused", { state: "paused" }, "paused", "paused"],
  ])("that %s", async (_what, changes, state, code) => {
    begin();
    put(changes);
    await passed(200);
    expect(service()?.rollout.state).toBe(state);
    expect(service()?.rollout.reason?.code).toBe(code);
  });
});
