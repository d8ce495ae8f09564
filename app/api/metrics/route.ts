import type { Registry } from "prom-client";
import { createMetrics } from "#lib/platform/metrics.ts";
import { runtime } from "#lib/platform/wiring.ts";

let metrics: Promise<Registry> | undefined;

/** What this process says of itself, as Prometheus reads it. */
export async function GET(): Promise<Response> {
  metrics ??= runtime().then(createMetrics);
  const registry = await metrics;
  return new Response(await registry.metrics(), { headers: { "Content-Type": registry.contentType } });
}

export const dynamic = "force-dynamic";
