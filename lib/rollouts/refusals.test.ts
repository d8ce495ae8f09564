import { describe, expect, it } from "vitest";
import { refusedReason } from "./refusals.ts";

// Each as the API server of Kubernetes 1.36 or its source words it.
describe("what the API server says of a pod that it refuses becomes", () => {
  it.each([
    [
      "a quota with its numbers",
      'pods "a-1" is forbidden: exceeded quota: q, requested: pods=1, used: pods=10, limited: pods=10',
      "quota",
      "quota q leaves no room: needs pods=1, in use pods=10, limit pods=10",
    ],
    [
      "a quota that wants a number named",
      'pods "a-1" is forbidden: failed quota: q: must specify limits.cpu for: main; requests.memory for: main',
      "quota",
      "quota q takes only pods that say limits.cpu for: main; requests.memory for: main",
    ],
    [
      "a LimitRange, with both of its rules",
      'pods "a-1" is forbidden: [maximum cpu usage per Container is 2, but limit is 3, minimum memory usage per Container is 64Mi, but request is 32Mi]',
      "limit_range",
      "the namespace's LimitRange refuses the pod: maximum cpu usage per Container is 2, but limit is 3, minimum memory usage per Container is 64Mi, but request is 32Mi",
    ],
    [
      "a LimitRange's ratio",
      'pods "a-1" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
      "limit_range",
      "the namespace's LimitRange refuses the pod: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
    ],
    [
      "a pod security level",
      'pods "a-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true)',
      "rejected",
      'pod security level restricted:latest refuses the pod: runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true)',
    ],
    [
      "an admission webhook, by its name",
      'admission webhook "images.policy.example" denied the request: image is not signed',
      "rejected",
      "admission by images.policy.example refuses the pod: image is not signed",
    ],
    [
      "a policy, by its name",
      "pods \"a-1\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: latest is no version",
      "rejected",
      "admission by no-latest refuses the pod: latest is no version",
    ],
    [
      "a service account that is missing",
      'pods "a-1" is forbidden: error looking up service account live/ledger: serviceaccount "ledger" not found',
      "rejected",
      "the pod's service account ledger does not exist",
    ],
    [
      "its own words for whatever else",
      'pods "a-1" is forbidden: no PriorityClass with name high was found',
      "rejected",
      "the API server refuses the pod: no PriorityClass with name high was found",
    ],
  ])("%s", (_what, said, code, message) => {
    expect(refusedReason(said)).toMatchObject({ code, message });
  });

  it("a quota that can be linked to, by its name and the resource that it names first", () => {
    const of = (said: string) => refusedReason(said).quota;
    expect(of("exceeded quota: q, requested: pods=1,requests.cpu=1, used: pods=9,requests.cpu=8, limited: …")).toEqual({
      name: "q",
      resource: "pods",
    });
    expect(of("failed quota: q: must specify limits.cpu for: main")).toEqual({ name: "q", resource: "limits.cpu" });
  });
});
