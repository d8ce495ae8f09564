import { expect, it } from "vitest";
import type { Autoscaler } from "#lib/clusters/model.ts";
import { aWorkload } from "#lib/testing/cluster-objects.ts";
import { scalingOf } from "./autoscaling.ts";

const condition = (type: string, isTrue: boolean, reason: string) => ({ type, isTrue, reason, message: "" });
const FINE = [
  condition("AbleToScale", true, "ReadyForNewScale"),
  condition("ScalingActive", true, "ValidMetricFound"),
  condition("ScalingLimited", false, "DesiredWithinRange"),
];

const autoscaler = (conditions: Autoscaler["conditions"], changes: Partial<Autoscaler> = {}): Autoscaler => ({
  uid: "h",
  namespace: "live",
  name: "ledger",
  target: { kind: "Deployment", name: "ledger" },
  minReplicas: 2,
  maxReplicas: 6,
  currentReplicas: 4,
  desiredReplicas: 4,
  conditions,
  ...changes,
});

const limited = (reason: string) => [...FINE.slice(0, 2), condition("ScalingLimited", true, reason)];

it.each([
  ["fine", "it scales between 2 and 6", FINE],
  ["at_limit", "it wants more than its maximum of 6", limited("TooManyReplicas")],
  ["fine", "it scales between 2 and 6", limited("TooFewReplicas")],
  [
    "blind",
    "it cannot read its metrics (FailedGetResourceMetric) and scales nothing",
    [condition("ScalingActive", false, "FailedGetResourceMetric")],
  ],
  [
    "off",
    "it scales nothing: its target has been set to no replicas (ScalingDisabled)",
    [FINE[0], condition("ScalingActive", false, "ScalingDisabled")].flatMap((one) => one ?? []),
  ],
  ["unknown", "its controller has not said yet whether it can scale", FINE.slice(0, 1)],
  ["unknown", "its controller has not said yet whether it can scale", FINE.slice(1)],
  ["blind", "it cannot scale (FailedGetScale)", [condition("AbleToScale", false, "FailedGetScale")]],
  ["unknown", "its controller has not said anything yet", []],
])("an autoscaler is %s: %s", (state, message, conditions) => {
  expect(scalingOf(aWorkload(), [autoscaler(conditions)])).toMatchObject({
    state,
    message,
    min: 2,
    max: 6,
    current: 4,
  });
});

it("is of the workload that it names, by kind and name", () => {
  expect(scalingOf(aWorkload({ kind: "StatefulSet" }), [autoscaler(FINE)])).toBeUndefined();
  expect(scalingOf(aWorkload({ name: "other" }), [autoscaler(FINE)])).toBeUndefined();
});

it("what its controller has not counted is not known, and not 0", () => {
  const uncounted = autoscaler([], { currentReplicas: undefined, desiredReplicas: undefined });
  expect(scalingOf(aWorkload(), [uncounted])).toMatchObject({ current: null, desired: null });
});
