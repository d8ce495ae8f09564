import { describe, expect, it } from "vitest";
import type { Pod, VolumeClaim, Warning } from "#lib/clusters/model.ts";
import { aPod, aVolumeClaim } from "#lib/testing/cluster-objects.ts";
import { CLAIM_PATIENCE_MS, claimReason } from "./claims.ts";
import { podReason } from "./reasons.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const UNBOUND =
  "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available.";
const TOO_LITTLE_CPU = "0/3 nodes are available: 3 Insufficient cpu.";

const waiting = (changes: Partial<Pod> = {}) =>
  aPod({ phase: "Pending", node: undefined, claims: ["data-ledger-0"], createdAt: NOW, ...changes });

function complaint(message: string, at = NOW): Warning {
  return { uid: `e${at}`, namespace: "live", name: "e", involvedUid: "v", reason: "ProvisioningFailed", message, at };
}

const because = (pod: Pod, claim: Partial<VolumeClaim> = {}, warnings: readonly Warning[] = []) =>
  claimReason(pod, { claims: [aVolumeClaim(claim)], warnings, nowMs: NOW })?.message;

describe("a pod that waits for its volume claim", () => {
  it("says which, how much it asks for and of which class, with the very words of the scheduler", () => {
    const pod = waiting({ unschedulable: UNBOUND, notReadySince: NOW });
    expect(podReason(pod, { claims: [aVolumeClaim()], warnings: [], nowMs: NOW })).toEqual({
      code: "volume",
      message: "volume claim data-ledger-0 is pending: storage class fast has given it no volume of 8Gi yet",
      since: "2026-11-21T12:00:00.000Z",
    });
  });

  it("says what was complained of last", () => {
    const warnings = [complaint("quota of disks is used up", NOW - 1), complaint('storageclass "fast" not found')];
    expect(because(waiting(), {}, warnings)).toBe(
      'volume claim data-ledger-0 is pending: storageclass "fast" not found',
    );
  });

  it.each([
    [{ storageClass: undefined }, "is pending: it names no storage class, and no volume of 8Gi fits it"],
    [{ requested: undefined }, "is pending: storage class fast has given it no volume yet"],
    [{ phase: "Lost", volume: "pv-1" }, "is lost: its volume pv-1 is gone"],
  ])("says so of a claim %j", (claim, words) => {
    expect(because(waiting({ unschedulable: UNBOUND }), claim)).toBe(`volume claim data-ledger-0 ${words}`);
  });

  it("is not taken for stuck while its volume only takes its time", () => {
    expect(because(waiting())).toBeUndefined();
    expect(because(waiting({ createdAt: NOW - CLAIM_PATIENCE_MS }))).toContain("is pending");
  });

  it("is not what keeps it where the scheduler has another reason: its class waits for the first consumer", () => {
    const pod = waiting({ unschedulable: TOO_LITTLE_CPU, createdAt: NOW - CLAIM_PATIENCE_MS });
    expect(because(pod)).toBeUndefined();
    expect(podReason(pod, { claims: [aVolumeClaim()], warnings: [], nowMs: NOW })?.code).toBe("unschedulable");
  });

  it.each([
    ["on a node", waiting({ unschedulable: UNBOUND, node: "node-1" }), {}],
    ["of another claim", waiting({ unschedulable: UNBOUND, claims: ["logs"] }), {}],
    ["of another namespace", waiting({ unschedulable: UNBOUND }), { namespace: "other" }],
    ["whose claim is bound", waiting({ unschedulable: UNBOUND }), { phase: "Bound" }],
  ])("is none %s", (_what, pod, claim) => {
    expect(because(pod, claim)).toBeUndefined();
  });
});
