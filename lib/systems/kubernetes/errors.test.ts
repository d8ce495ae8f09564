import { describe, expect, it } from "vitest";
import {
  ClusterError,
  clusterErrorFromCutWrite,
  clusterErrorFromFailure,
  clusterErrorFromRefusedWrite,
  clusterErrorFromStatus,
} from "./errors.ts";

it.each([
  [401, "denied"],
  [403, "denied"],
  [404, "not_found"],
  [410, "expired"],
  [429, "throttled"],
  [500, "unreachable"],
  [503, "unreachable"],
  [400, "rejected"],
  [422, "rejected"],
  [302, "rejected"],
] as const)("a read answered with %i is %s", (status, code) => {
  expect(clusterErrorFromStatus(status).code).toBe(code);
});

it.each([
  ["3", 3000],
  ["0", undefined],
  ["-1", undefined],
  ["Sat, 21 Nov 2026 12:00:00 GMT", undefined],
  [undefined, undefined],
] as const)("Retry-After %s waits %s ms, after a read as after a write", (retryAfter, retryAfterMs) => {
  expect(clusterErrorFromStatus(429, retryAfter).retryAfterMs).toBe(retryAfterMs);
  const refused = { status: 429, message: "", retryAfter };
  expect(clusterErrorFromRefusedWrite(refused, "ada").retryAfterMs).toBe(retryAfterMs);
});

/** What a Kubernetes 1.36 API server writes; names are made up. */
const FORBIDDEN =
  'deployments.apps "svc-ledger" is forbidden: User "ada" cannot patch resource "deployments" in API group "apps"';
const ACCOUNT = 'User "system:serviceaccount:gatehouse-system:gatehouse"';
const NOT_THIS_PERSON = `users.authentication.k8s.io "ada" is forbidden: ${ACCOUNT} cannot impersonate:user-info resource "users"`;
const NOT_ON_THIS = `deployments.apps "svc-ledger" is forbidden: ${ACCOUNT} cannot impersonate-on:user-info:patch resource "deployments"`;
const NOT_BEFORE_1_36 = `users "ada" is forbidden: ${ACCOUNT} cannot impersonate resource "users" in API group ""`;
const SAYS_IMPERSONATE = 'admission webhook "x" denied the request: nobody cannot impersonate resource "users"';

describe("a write that is answered", () => {
  it.each([
    [401, "Unauthorized", "denied", "the cluster does not let Gatehouse in"],
    [403, FORBIDDEN, "denied", "the cluster refuses it to ada"],
    [403, SAYS_IMPERSONATE, "denied", "the cluster refuses it to ada"],
    [403, "", "denied", "the cluster refuses it to ada"],
    [403, NOT_THIS_PERSON, "denied", "the cluster does not let Gatehouse do this in the name of ada"],
    [403, NOT_ON_THIS, "denied", "the cluster does not let Gatehouse do this in the name of ada"],
    [403, NOT_BEFORE_1_36, "denied", "the cluster does not let Gatehouse do this in the name of ada"],
    [404, 'deployments.apps "svc-ledger" not found', "not_found", "the cluster no longer has this object"],
    [409, "svc-ledger", "moved", "the object has changed or was replaced since it was looked at; nothing was done"],
    [429, "svc-ledger", "throttled", "the cluster asks to slow down"],
    [422, "svc-ledger", "rejected", "the cluster rejects the change (422)"],
    [
      500,
      "svc-ledger",
      "outcome_unknown",
      "the cluster answers with an error (500); whether it was done has to be looked up",
    ],
    [
      504,
      "svc-ledger",
      "outcome_unknown",
      "the cluster answers with an error (504); whether it was done has to be looked up",
    ],
  ] as const)("with %i %s is %s", (status, message, code, ours) => {
    const error = clusterErrorFromRefusedWrite({ status, message, retryAfter: undefined }, "ada");
    expect(error).toMatchObject({ code, message: ours });
    expect(error.message).not.toContain("svc-ledger");
  });
});

const failureWith = (code: string) => Object.assign(new Error(`${code} 10.0.0.1:6443`), { code });

describe("a call that is cut", () => {
  it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"])(
    "by %s reached nobody, so a write was not done either",
    (code) => {
      expect(clusterErrorFromCutWrite(failureWith(code)).code).toBe("unreachable");
    },
  );

  it.each([failureWith("ECONNRESET"), failureWith("EPIPE"), failureWith("ABORT_ERR"), new SyntaxError("<html>"), "?"])(
    "by %s leaves a write's outcome unknown, and a read unanswered",
    (failure) => {
      expect(clusterErrorFromCutWrite(failure).code).toBe("outcome_unknown");
      expect(clusterErrorFromFailure(failure).code).toBe("unreachable");
    },
  );

  it("by one of our own errors stays that error", () => {
    const ours = new ClusterError("moved", "moved");
    expect(clusterErrorFromCutWrite(ours)).toBe(ours);
    expect(clusterErrorFromFailure(ours)).toBe(ours);
  });

  it("never says the vendor's words", () => {
    for (const map of [clusterErrorFromCutWrite, clusterErrorFromFailure]) {
      expect(map(failureWith("ECONNRESET")).message).not.toMatch(/10\.0\.0\.1|ECONN/);
    }
  });
});
