import type { Container, LimitRange, Quantities } from "#lib/clusters/model.ts";
import { FINEST, quantityToNumber, sayAmount } from "./model.ts";

type Limits = LimitRange["limits"][number];

/** A container as the API server makes it: what it names no request or limit for is filled in. */
export type Resourced = Readonly<{ name: string; requests: Quantities; limits: Quantities }>;

/**
 * What a container gets where it names nothing: first its own limit as its request, then what the namespace's LimitRanges say.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export function withDefaults(
  { name, requests, limits }: Pick<Container, "name" | "requests" | "limits">,
  ranges: readonly LimitRange[],
): Resourced {
  const items = limitsOf(ranges, "Container");
  const given = items.reduce<Resourced>(
    (so, item) => ({
      name,
      requests: { ...item.defaultRequest, ...so.requests },
      limits: { ...item.default, ...so.limits },
    }),
    { name, requests: { ...limits, ...requests }, limits },
  );
  return given;
}

/** Why the namespace's LimitRanges refuse a pod of these containers, in a sentence; undefined where they let it in. */
export function refusedByLimits(containers: readonly Resourced[], ranges: readonly LimitRange[]): string | undefined {
  const ofContainers = containers.flatMap((container) =>
    limitsOf(ranges, "Container").flatMap((item) => refusal(`container ${container.name}`, container, item) ?? []),
  );
  const pod: Resourced = { name: "", requests: summed(containers, "requests"), limits: summed(containers, "limits") };
  const ofPod = limitsOf(ranges, "Pod").flatMap((item) => refusal("a pod", pod, item) ?? []);
  return [...ofContainers, ...ofPod][0];
}

function limitsOf(ranges: readonly LimitRange[], type: string): Limits[] {
  return ranges.flatMap(({ limits }) => limits.filter((item) => item.type === type));
}

/** Of a pod, what its containers name together; one that names nothing adds nothing, as admission has it. */
function summed(containers: readonly Resourced[], what: "requests" | "limits"): Quantities {
  const resources = new Set(containers.flatMap((container) => Object.keys(container[what])));
  return Object.fromEntries(
    [...resources].map((resource) => {
      const amounts = containers.flatMap((container) => quantityToNumber(container[what][resource] ?? "") ?? []);
      return [resource, String(amounts.reduce((sum, amount) => sum + amount, 0))];
    }),
  );
}

/** As k8s.io/kubernetes/plugin/pkg/admission/limitranger: where there is a maximum, a limit must be named. */
function refusal(who: string, { requests, limits }: Resourced, item: Limits): string | undefined {
  for (const [resource, max] of entries(item.max)) {
    const asked = amountOf(limits, resource);
    if (asked === undefined || asked > max + FINEST) {
      const what = asked === undefined ? "has no limit" : `may have ${sayAmount(resource, asked)}`;
      return `${who} ${what}; the most is ${sayAmount(resource, max)}`;
    }
  }
  for (const [resource, min] of entries(item.min)) {
    const asked = amountOf(requests, resource);
    if (asked === undefined || asked < min - FINEST) {
      return `${who} asks for ${asked === undefined ? `no ${resource}` : sayAmount(resource, asked)}; the least is ${sayAmount(resource, min)}`;
    }
  }
  for (const [resource, ratio] of entries(item.maxLimitRequestRatio)) {
    const [request, limit] = [amountOf(requests, resource), amountOf(limits, resource)];
    if (request === undefined || limit === undefined || limit > request * ratio + FINEST) {
      return `the ${resource} limit of ${who} is more than ${ratio} times its request`;
    }
  }
  return undefined;
}

function entries(quantities: Quantities): [string, number][] {
  return Object.entries(quantities).flatMap(([resource, quantity]) => {
    const amount = quantityToNumber(quantity);
    return amount === undefined ? [] : [[resource, amount] as [string, number]];
  });
}

function amountOf(quantities: Quantities, resource: string): number | undefined {
  return quantityToNumber(quantities[resource] ?? "");
}

const SUBJECT: Readonly<Record<string, string>> = {
  Container: "A container",
  Pod: "All containers of a pod together",
  PersistentVolumeClaim: "A volume claim",
};

/** What the LimitRanges of a namespace give and forbid, one sentence each. */
export function sayLimits(ranges: readonly LimitRange[]): string[] {
  return ranges.flatMap(({ limits }) => limits.flatMap(sayItem));
}

function sayItem(item: Limits): string[] {
  const who = SUBJECT[item.type] ?? item.type;
  const ratios = Object.entries(item.maxLimitRequestRatio).map(([resource, ratio]) =>
    ratio === "1" ? `exactly the ${resource}` : `at most ${ratio} times the ${resource}`,
  );
  const bounds = [
    ...bound(item.min, (amounts) => `must ask for at least ${amounts}`),
    ...bound(item.max, (amounts) => `may have at most ${amounts}`),
    ...(ratios.length > 0 ? [`must be limited to ${ratios.join(" and ")} that it asks for`] : []),
  ];
  return [
    ...bound(item.defaultRequest, (amounts) => `${who} without a request gets ${amounts}.`),
    ...bound(item.default, (amounts) => `${who} without a limit is limited to ${amounts}.`),
    ...(bounds.length > 0 ? [`${who} ${bounds.join(", ")}.`] : []),
  ];
}

function bound(quantities: Quantities, say: (amounts: string) => string): string[] {
  const amounts = entries(quantities).map(([resource, amount]) => saySmall(resource, amount));
  return amounts.length === 0 ? [] : [say(amounts.join(" and "))];
}

/** As manifests have it, less than a core is said in thousandths and less than a Gi in Mi. */
function saySmall(resource: string, amount: number): string {
  if (resource === "cpu" && amount < 1) {
    return `${Math.round(amount * 1000)}m CPU`;
  }
  return resource === "memory" && amount < GIB ? `${Math.round(amount / MIB)} Mi memory` : sayAmount(resource, amount);
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;
