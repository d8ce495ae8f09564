import "server-only";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { ROW_KINDS } from "#lib/watch/model.ts";
import type { Runtime } from "./runtime.ts";

type Told = Pick<Runtime, "ring" | "pods" | "limiter">;

/**
 * What a process says of itself to Prometheus. Everybody may read it, so that there are only numbers: no name of a cluster, an
 * environment or a person. https://prometheus.io/docs/practices/naming/
 */
export function createMetrics({ ring, pods, limiter }: Told): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: "gatehouse_sources",
    help: "Systems that are watched, by whether they can be believed now.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const state of ["ok", "denied", "unreachable", "stale"] as const) {
        this.set({ state }, ring.list("source").filter((source) => source.state === state).length);
      }
    },
  });
  new Gauge({
    name: "gatehouse_rows",
    help: "Rows that are held for the pages, by their kind.",
    labelNames: ["kind"],
    registers,
    collect() {
      for (const kind of ROW_KINDS) {
        this.set({ kind }, ring.rows()[kind].size + pods.rows()[kind].size);
      }
    },
  });
  new Counter({
    name: "gatehouse_changes_total",
    help: "Changes that were told to the pages, by the stream that tells them.",
    labelNames: ["stream"],
    registers,
    collect() {
      this.reset();
      this.inc({ stream: "live" }, ring.published());
      this.inc({ stream: "pods" }, pods.published());
    },
  });
  new Gauge({
    name: "gatehouse_streams",
    help: "Streams that browsers have open.",
    registers,
    collect() {
      this.set(limiter.openStreams());
    },
  });
  return registry;
}
