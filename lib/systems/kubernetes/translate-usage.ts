import * as z from "zod";
import { type PodUsage, quantityToNumber } from "#lib/quotas/model.ts";
import { Metadata, Texts } from "./translate-fields.ts";

const PodMetricsList = z.object({
  items: z.array(
    z.object({
      metadata: Metadata.pick({ name: true, namespace: true }),
      containers: z.array(z.object({ usage: Texts })).default([]),
    }),
  ),
});

/** What the metrics API says of each pod, its containers together; undefined for what is no PodMetricsList. */
export function toPodUsage(answer: unknown): PodUsage[] | undefined {
  const list = PodMetricsList.safeParse(answer);
  return list.data?.items.map(({ metadata: { namespace, name }, containers }) => {
    const sum = (resource: string) =>
      containers.reduce((total, { usage }) => total + (quantityToNumber(usage[resource] ?? "0") ?? 0), 0);
    return { namespace, name, cpuCores: sum("cpu"), memoryBytes: sum("memory") };
  });
}
