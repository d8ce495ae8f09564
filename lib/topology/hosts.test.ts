import { describe, expect, it } from "vitest";
import type { KubernetesService } from "#lib/clusters/model.ts";
import { aService } from "#lib/testing/cluster-objects.ts";
import { type Names, resolveHost } from "./hosts.ts";

const services = [
  aService({ namespace: "live", name: "ledger" }),
  aService({ namespace: "live", name: "postgres" }),
  aService({ namespace: "sandbox", name: "ledger" }),
  aService({ namespace: "payments", name: "live" }),
  aService({ namespace: "postgres", name: "postgres-0" }),
];
const names: Names = {
  service: (namespace, name) => services.find((one) => one.namespace === namespace && one.name === name),
  hasPod: ({ name }: KubernetesService, pod) => name === "postgres" && pod === "postgres-0",
  hasNamespace: (name) => ["live", "sandbox", "payments", "postgres"].includes(name),
};

function resolve(host: string, { setting = "UPSTREAM_URL", isUrl = true, port = 80 as number | null } = {}) {
  const resolved = resolveHost(names, "live", setting, { host, port: port ?? undefined, isUrl });
  return resolved?.kind === "service" ? `${resolved.service.namespace}/${resolved.service.name}` : resolved;
}

describe("a name in a setting leads to", () => {
  it.each([
    ["ledger", "live/ledger"],
    ["ledger.sandbox", "sandbox/ledger"],
    ["ledger.sandbox.svc", "sandbox/ledger"],
    ["ledger.sandbox.svc.cluster.local", "sandbox/ledger"],
  ])("a Service, as %s", (host, service) => {
    expect(resolve(host)).toBe(service);
  });

  it.each(["postgres-0.postgres", "postgres-0.postgres.live", "postgres-0.postgres.live.svc.cluster.local"])(
    "a Service by one pod of a StatefulSet behind it, as %s",
    (host) => {
      expect(resolve(host)).toBe("live/postgres");
    },
  );

  it("what the search path has first: a pod in the own namespace before a Service of that name in another", () => {
    expect(resolve("postgres-0.postgres")).toBe("live/postgres");
    expect(resolve("postgres-0.postgres.svc")).toBe("postgres/postgres-0");
  });

  it.each(["postgres-7.postgres", "ledger-0.ledger.sandbox"])("no pod that a StatefulSet has not: %s", (host) => {
    expect(resolve(host)).not.toBeTypeOf("string");
  });
});

describe("a name that nothing has", () => {
  it.each([
    ["ledgr", "ledgr.live"],
    ["ledgr.sandbox", "ledgr.sandbox"],
    ["ledger.nowhere.svc", "ledger.nowhere"],
    ["ledger.nowhere.svc.cluster.local", "ledger.nowhere"],
  ])("is missing where only this cluster can have it: %s", (host, name) => {
    expect(resolve(host)).toEqual({ kind: "missing", name });
  });

  it.each(["api.bank.example", "203.0.113.7"])("is out of the cluster: %s", (host) => {
    expect(resolve(host)).toEqual({ kind: "outside", host });
  });

  it.each([
    ["a word without a port", "info", { setting: "LOG_LEVEL", isUrl: false, port: null }],
    ["what may be an image and its tag", "redis", { setting: "CACHE", isUrl: false, port: 7 }],
    ["a file", "settings.yaml", { setting: "CONFIG", isUrl: false, port: null }],
    ["itself", "localhost", {}],
    ["itself by its address", "127.0.0.1", {}],
    ["whom one lets in", "app.bank.example", { setting: "CORS_ORIGINS" }],
    ["what one listens on", "ledger", { setting: "LISTEN_ADDRESS" }],
  ])("is nothing to find fault with: %s", (_, host, how) => {
    expect(resolve(host, how)).toBeUndefined();
  });

  it("is missing without a port too, where the setting's name says that it is a host", () => {
    expect(resolve("redis-main", { setting: "REDIS_HOST", isUrl: false, port: null })).toEqual({
      kind: "missing",
      name: "redis-main.live",
    });
  });
});
