import * as z from "zod";
import type { Autoscaler, DisruptionBudget, LimitRange, ResourceQuota } from "#lib/clusters/model.ts";
import {
  Condition,
  DatedMetadata,
  datesOf,
  IntOrText,
  identityOf,
  Metadata,
  Selector,
  Texts,
} from "./translate-fields.ts";

const QuotaObject = z.object({
  metadata: Metadata,
  spec: z.object({
    hard: Texts,
    scopes: z.array(z.string()).nullish(),
    scopeSelector: z.object({ matchExpressions: z.array(z.object({ scopeName: z.string() })).default([]) }).nullish(),
  }),
  status: z.object({ used: Texts }).prefault({}),
});

const LimitRangeObject = z.object({
  metadata: Metadata,
  spec: z.object({
    limits: z
      .array(
        z.object({
          type: z.string(),
          min: Texts,
          max: Texts,
          default: Texts,
          defaultRequest: Texts,
          maxLimitRequestRatio: Texts,
        }),
      )
      .default([]),
  }),
});

const DisruptionBudgetObject = z.object({
  metadata: DatedMetadata,
  spec: z
    .object({
      selector: Selector.nullish(),
      minAvailable: IntOrText.optional(),
      maxUnavailable: IntOrText.optional(),
    })
    .prefault({}),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      disruptionsAllowed: z.number().default(0),
      currentHealthy: z.number().default(0),
      desiredHealthy: z.number().default(0),
      expectedPods: z.number().default(0),
    })
    .prefault({}),
});

const AutoscalerObject = z.object({
  metadata: Metadata,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicas: z.number().default(1),
    maxReplicas: z.number(),
  }),
  status: z
    .object({
      currentReplicas: z.number().optional(),
      desiredReplicas: z.number().optional(),
      conditions: z.array(Condition).nullish(),
    })
    .prefault({}),
});

export function toQuota(object: unknown): ResourceQuota {
  const { metadata, spec, status } = QuotaObject.parse(object);
  const selected = (spec.scopeSelector?.matchExpressions ?? []).map(({ scopeName }) => scopeName);
  return {
    ...identityOf(metadata),
    hard: spec.hard,
    used: status.used,
    scopes: [...new Set([...(spec.scopes ?? []), ...selected])],
  };
}

export function toLimitRange(object: unknown): LimitRange {
  const { metadata, spec } = LimitRangeObject.parse(object);
  return { ...identityOf(metadata), limits: spec.limits };
}

export function toDisruptionBudget(object: unknown): DisruptionBudget {
  const { metadata, spec, status } = DisruptionBudgetObject.parse(object);
  // Until the controller has looked at this generation its numbers are of another budget, or of none.
  const isCounted = status.observedGeneration !== undefined && status.observedGeneration >= metadata.generation;
  const counted = (value: number) => (isCounted ? value : undefined);
  return {
    ...identityOf(metadata),
    ...datesOf(metadata),
    selector: spec.selector ?? undefined,
    minAvailable: spec.minAvailable,
    maxUnavailable: spec.maxUnavailable,
    disruptionsAllowed: counted(status.disruptionsAllowed),
    currentHealthy: counted(status.currentHealthy),
    desiredHealthy: counted(status.desiredHealthy),
    expectedPods: counted(status.expectedPods),
  };
}

export function toAutoscaler(object: unknown): Autoscaler {
  const { metadata, spec, status } = AutoscalerObject.parse(object);
  return {
    ...identityOf(metadata),
    target: spec.scaleTargetRef,
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    currentReplicas: status.currentReplicas,
    desiredReplicas: status.desiredReplicas,
    conditions: (status.conditions ?? []).map((one) => ({
      type: one.type,
      isTrue: one.status === "True",
      reason: one.reason,
      message: one.message,
    })),
  };
}
