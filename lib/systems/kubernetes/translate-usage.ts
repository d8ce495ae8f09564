import * as z from "zod";
import { type PodUsage, type PodUsages, quantityToNumber } from "#lib/quotas/model.ts";
import { Metadata } from "./translate-fields.ts";

const PodMetricsList = z.object({ items: z.array(z.unknown()) });

const Amount = z.string().transform((text, context) => {
  const amount = quantityToNumber(text);
  if (amount === undefined) {
    context.addIssue({ code: "custom", message: "expected a quantity" });
    return z.NEVER;
  }
  return amount;
});
const PodMetrics = z.object({
  metadata: Metadata.pick({ name: true, namespace: true }),
  containers: z.array(z.object({ usage: z.object({ cpu: Amount, memory: Amount }) })).default([]),
});

const Named = z.object({
  metadata: z.object({ namespace: z.string().catch(""), name: z.string().catch("without a name") }),
});

/** What the metrics API says of each pod, its containers together; undefined for what is no PodMetricsList. */
export function toPodUsage(answer: unknown): PodUsages | undefined {
  const items = PodMetricsList.safeParse(answer).data?.items;
  if (items === undefined) {
    return undefined;
  }
  const read = items.map((item) => ({ item, pod: podUsageOf(item) }));
  return {
    pods: read.flatMap(({ pod }) => pod ?? []),
    unreadable: read.flatMap(({ item, pod }) => (pod === undefined ? [nameOf(item)] : [])),
  };
}

function podUsageOf(item: unknown): PodUsage | undefined {
  const metrics = PodMetrics.safeParse(item).data;
  if (metrics === undefined) {
    return undefined;
  }
  const { namespace, name } = metrics.metadata;
  const sum = (resource: "cpu" | "memory") =>
    metrics.containers.reduce((total, { usage }) => total + usage[resource], 0);
  return { namespace, name, cpuCores: sum("cpu"), memoryBytes: sum("memory") };
}

function nameOf(item: unknown): PodUsages["unreadable"][number] {
  return Named.safeParse(item).data?.metadata ?? { namespace: "", name: "without a name" };
}
