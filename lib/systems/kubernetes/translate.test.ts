import { describe, expect, it } from "vitest";
import { actorFor, WATCHED_KINDS } from "./port.ts";
import { identify, translate } from "./translate.ts";
import { accessReview, decisionOf, messageOfStatus, restartPatch, toMarked } from "./translate-acting.ts";

const made = actorFor({ account: "ada", groups: ["ops"] }, ["ops"]);
if (!made.ok) {
  throw new Error(made.because);
}
const ada = made.actor;
const access = { verb: "patch", group: "apps", resource: "deployments", namespace: "live", name: "svc-ledger" };

describe("a question to the cluster's rules", () => {
  it("asks for the person, their groups and the one that every person has", () => {
    expect(accessReview(ada, access)).toMatchObject({
      kind: "SubjectAccessReview",
      spec: { user: "ada", groups: ["ops", "system:authenticated"], resourceAttributes: access },
    });
  });

  it.each([
    [{ allowed: true }, true],
    [{ allowed: true, denied: true }, false],
    [{ allowed: false }, false],
    [{ allowed: false, denied: true }, false],
  ])("answered with %j is %s, and never in the cluster's own words", (status, allowed) => {
    const reason = 'RBAC: allowed by RoleBinding "secret-name/live"';
    const decision = decisionOf({ status: { ...status, reason, evaluationError: reason } }, ada, access);
    const because = `the cluster ${allowed ? "lets" : "does not let"} ada patch deployments live/svc-ledger`;
    expect(decision).toEqual({ allowed, because });
  });

  it.each([{}, { status: {} }, { status: { allowed: "yes" } }, null, "<html>"])("is not answered by %j", (answer) => {
    expect(() => decisionOf(answer, ada, access)).toThrow();
  });
});

describe("a mark", () => {
  const metadata = { uid: "u", resourceVersion: "7", generation: 3 };

  it("is read off the workload", () => {
    const annotations = { "gatehouse.dev/operation-id": "op_1", other: "x" };
    expect(toMarked({ metadata: { ...metadata, annotations } })).toEqual({ ...metadata, operationId: "op_1" });
    expect(toMarked({ metadata })).toEqual({ ...metadata, operationId: undefined });
  });

  it.each([{}, { metadata: {} }, { metadata: { ...metadata, resourceVersion: undefined } }, null])(
    "is not read off %j",
    (object) => {
      expect(() => toMarked(object)).toThrow();
    },
  );

  it("is left with the restart in one patch that holds for the seen version of the seen object alone", () => {
    const patch = restartPatch({ uid: "u", resourceVersion: "7" }, { operationId: "op_1", at: new Date(0) });
    const template = { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "1970-01-01T00:00:00.000Z" } } };
    expect(patch).toEqual({
      metadata: { uid: "u", resourceVersion: "7", annotations: { "gatehouse.dev/operation-id": "op_1" } },
      spec: { template },
    });
  });
});

it.each([
  [{ kind: "Status", message: "no" }, "no"],
  [{ kind: "Status" }, ""],
  ["<html>", ""],
  [null, ""],
])("a refusal that reads %j says %j", (status, message) => {
  expect(messageOfStatus(status)).toBe(message);
});

const reading = { revisionAnnotations: [], digest: (value: string) => `digest of ${value}` };
const metadata = { uid: "u", name: "a", namespace: "live", resourceVersion: "7" };
const container = (name: string, requests: Record<string, string>) => ({
  name,
  image: `${name}:1`,
  resources: { requests },
});
const condition = (type: string, status: string, reason: string) => ({ type, status, reason, message: `${reason}!` });
const time = "2026-11-21T12:00:00Z";

describe("an object of the API server", () => {
  it("is known by uid and version, or not at all", () => {
    expect(identify({ metadata })).toEqual({ uid: "u", resourceVersion: "7" });
    expect(() => identify({ metadata: { uid: "u" } })).toThrow();
  });

  it.each(["Deployment", "StatefulSet"] as const)("%s: what is missing in it is not seen, and never ready", (kind) => {
    const containers = [container("a", { cpu: "250m", memory: "1Gi" }), container("b", { cpu: "1" })];
    expect(translate(kind, { metadata, spec: { template: { spec: { containers } } } }, reading)).toMatchObject({
      kind: "Workload",
      value: {
        kind,
        uid: "u",
        namespace: "live",
        name: "a",
        service: "a",
        revision: undefined,
        images: [
          { container: "a", image: "a:1" },
          { container: "b", image: "b:1" },
        ],
        generation: 0,
        observedGeneration: 0,
        desired: 1,
        replicas: 0,
        updated: 0,
        ready: 0,
        available: 0,
        paused: false,
        deadlineExceeded: false,
        failure: undefined,
        failedSince: undefined,
        updateStrategy: "RollingUpdate",
        partition: 0,
        podDemand: { pods: 1, cpuCores: 1.25, memoryBytes: 1024 ** 3 },
      },
    });
  });

  it("a workload has the service that its label names, and the first revision that it carries", () => {
    const named = {
      ...metadata,
      labels: { "app.kubernetes.io/name": "svc-ledger" },
      annotations: { second: "2", third: "3" },
    };
    const object = {
      metadata: named,
      spec: { paused: true, replicas: 0, template: { spec: {} } },
      status: { conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] },
    };
    expect(
      translate("Deployment", object, { ...reading, revisionAnnotations: ["first", "second", "third"] }),
    ).toMatchObject({
      value: { service: "svc-ledger", revision: "2", desired: 0, paused: true, deadlineExceeded: true },
    });
  });

  it.each([
    ["True", "FailedCreate!"],
    ["False", undefined],
  ])(
    "a ReplicaSet whose ReplicaFailure is %s fails with %s, and belongs to its controller alone",
    (status, failure) => {
      const ownerReferences = [{ uid: "no" }, { uid: "owner", controller: true }];
      const conditions = [condition("ReplicaFailure", status, "FailedCreate")];
      const dated = conditions.map((one) => ({ ...one, lastTransitionTime: time }));
      const object = {
        metadata: { ...metadata, ownerReferences },
        spec: { replicas: 2 },
        status: { conditions: dated },
      };
      const failedSince = failure === undefined ? undefined : Date.parse(time);
      expect(translate("ReplicaSet", object, reading)).toMatchObject({
        value: { ownerUid: "owner", desired: 2, failure, failedSince },
      });
    },
  );

  it("a pod of which nothing is known is in no phase, not ready and nowhere", () => {
    expect(translate("Pod", { metadata, spec: {} }, reading)).toEqual({
      kind: "Pod",
      value: {
        uid: "u",
        namespace: "live",
        name: "a",
        ownerUid: undefined,
        phase: "Unknown",
        isReady: false,
        isDeleting: false,
        node: undefined,
        addresses: [],
        claims: [],
        demand: { pods: 1, cpuCores: 0, memoryBytes: 0 },
        createdAt: undefined,
        restarts: 0,
        waiting: undefined,
        lastExitCode: undefined,
        lastExitAt: undefined,
        lastExitReason: undefined,
        lastWords: undefined,
        notReadySince: undefined,
        unreadySince: undefined,
        unschedulable: undefined,
      },
    });
  });

  it.each(["Deployment", "StatefulSet", "DaemonSet", "ConfigMap", "NetworkPolicy", "PodDisruptionBudget"] as const)(
    "%s tells when it was made and when anybody last wrote it, but for its status",
    (kind) => {
      const entry = (hour: number, subresource?: string) => ({ time: `2026-11-21T0${hour}:00:00Z`, subresource });
      const read = (managedFields: unknown) => {
        const dated = { ...metadata, creationTimestamp: "2026-11-20T00:00:00Z", managedFields };
        const spec = { podSelector: {}, template: { spec: { containers: [] } } };
        return translate(kind, { metadata: dated, spec }, reading)?.value;
      };
      const createdAt = Date.UTC(2026, 10, 20);
      expect(read([entry(3), entry(5, "scale"), entry(4), entry(9, "status")])).toMatchObject({
        createdAt,
        changedAt: Date.UTC(2026, 10, 21, 5),
      });
      expect(read(undefined)).toMatchObject({ createdAt, changedAt: undefined });
      expect(read("odd")).toMatchObject({ createdAt, changedAt: undefined });
    },
  );

  it("a pod has all addresses that it was given, and a node the blocks of those of its pods", () => {
    const pod = (status: unknown) => translate("Pod", { metadata, spec: {}, status }, reading);
    const podIPs = [{ ip: "10.244.1.7" }, { ip: "fd00::7" }];
    expect(pod({ podIP: "10.244.1.7", podIPs })).toMatchObject({ value: { addresses: ["10.244.1.7", "fd00::7"] } });
    expect(pod({ podIP: "10.244.1.7" })).toMatchObject({ value: { addresses: ["10.244.1.7"] } });
    const node = (spec: unknown) => translate("Node", { metadata, spec }, reading);
    expect(node({ podCIDR: "10.244.1.0/24" })).toMatchObject({ value: { podBlocks: ["10.244.1.0/24"] } });
    const podCIDRs = ["10.244.1.0/24", "fd00::/64"];
    expect(node({ podCIDR: podCIDRs[0], podCIDRs })).toMatchObject({ value: { podBlocks: podCIDRs } });
    expect(node({})).toMatchObject({ value: { podBlocks: [] } });
  });

  it("a pod says why it waits, how it ended, and since when it runs without being ready", () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off" };
    const terminated = { exitCode: 137, finishedAt: time };
    const crashed = { name: "main", restartCount: 3, state: { waiting }, lastState: { terminated } };
    const pod = (status: unknown) => translate("Pod", { metadata, spec: { nodeName: "n" }, status }, reading);
    expect(pod({ phase: "Running", containerStatuses: [crashed] })).toMatchObject({
      value: {
        restarts: 3,
        waiting: { container: "main", ...waiting },
        lastExitCode: 137,
        lastExitAt: Date.parse(time),
        unreadySince: undefined,
      },
    });
    const conditions = [{ ...condition("Ready", "False", "ContainersNotReady"), lastTransitionTime: time }];
    const containerStatuses = [{ name: "main", state: { running: {} } }];
    expect(pod({ phase: "Running", conditions, containerStatuses })).toMatchObject({
      value: { isReady: false, unreadySince: Date.parse(time) },
    });
    expect(pod({ conditions: [condition("PodScheduled", "False", "Unschedulable")] })).toMatchObject({
      value: { unschedulable: "Unschedulable!" },
    });
  });

  it("a pod of which nothing waits tells how its container that ended last did", () => {
    const ended = (name: string, exitCode: number, finishedAt: string | null) => ({
      name,
      state: { running: {} },
      lastState: { terminated: { exitCode, finishedAt } },
    });
    const containerStatuses = [
      ended("first", 3, null),
      ended("second", 1, "2026-11-20T00:00:00Z"),
      ended("third", 2, "2026-11-21T00:00:00Z"),
    ];
    expect(translate("Pod", { metadata, spec: {}, status: { containerStatuses } }, reading)).toMatchObject({
      value: { lastExitCode: 2, lastExitAt: Date.UTC(2026, 10, 21) },
    });
  });

  it("a pod waits for what tells most: an init container first, then one that does more than start", () => {
    const pod = (status: unknown) => translate("Pod", { metadata, spec: {}, status }, reading);
    const at = (name: string, reason: string, terminated?: unknown) => ({
      name,
      state: { waiting: { reason } },
      lastState: { terminated },
    });
    const starting = at("first", "ContainerCreating");
    const failing = at("second", "CrashLoopBackOff", { exitCode: 137, reason: "OOMKilled" });
    const other = at("third", "CrashLoopBackOff", { exitCode: 1, reason: "Error" });
    expect(pod({ containerStatuses: [starting, failing, other] })).toMatchObject({
      value: { waiting: { container: "second", isInit: false }, lastExitCode: 137, lastExitReason: "OOMKilled" },
    });
    expect(pod({ containerStatuses: [starting] })).toMatchObject({ value: { waiting: { container: "first" } } });
    expect(
      pod({ initContainerStatuses: [failing], containerStatuses: [at("main", "PodInitializing"), other] }),
    ).toMatchObject({ value: { waiting: { container: "second", isInit: true } } });
  });

  it("a pod says since when it is not ready, or has no node", () => {
    const since = (type: string, status: string) => {
      const conditions = [{ ...condition(type, status, ""), lastTransitionTime: time }];
      return translate("Pod", { metadata, spec: {}, status: { conditions } }, reading);
    };
    expect(since("Ready", "False")).toMatchObject({ value: { notReadySince: Date.parse(time) } });
    expect(since("PodScheduled", "False")).toMatchObject({ value: { notReadySince: Date.parse(time) } });
    expect(since("Ready", "True")).toMatchObject({ value: { notReadySince: undefined } });
  });

  it("a workload says how it replaces its pods, and a StatefulSet from which on", () => {
    const rolling = { type: "RollingUpdate", rollingUpdate: { partition: 2 } };
    const spec = { template: { spec: {} }, updateStrategy: rolling, strategy: { type: "Recreate" } };
    expect(translate("Deployment", { metadata, spec }, reading)).toMatchObject({
      value: { updateStrategy: "Recreate", partition: 0 },
    });
    expect(translate("StatefulSet", { metadata, spec }, reading)).toMatchObject({
      value: { updateStrategy: "RollingUpdate", partition: 2 },
    });
    const onDelete = { ...spec, updateStrategy: { type: "OnDelete" } };
    expect(translate("DaemonSet", { metadata, spec: onDelete }, reading)).toMatchObject({
      value: { updateStrategy: "OnDelete", partition: 0 },
    });
  });

  it("an Event is a warning or of no interest, and without a time as old as can be", () => {
    const event = { metadata, reason: "Failed", message: "no", involvedObject: { uid: "pod" } };
    expect(translate("Event", { ...event, type: "Normal" }, reading)).toBeUndefined();
    const value = { uid: "u", namespace: "live", name: "a", involvedUid: "pod", reason: "Failed", message: "no" };
    const warning = { ...event, type: "Warning" };
    expect(translate("Event", warning, reading)).toEqual({ kind: "Warning", value: { ...value, at: 0 } });
    for (const when of [{ lastTimestamp: time }, { lastTimestamp: null, eventTime: time }]) {
      expect(translate("Event", { ...warning, ...when }, reading)).toMatchObject({ value: { at: Date.parse(time) } });
    }
  });

  it("a quota that is not counted yet has nothing used", () => {
    expect(translate("ResourceQuota", { metadata, spec: { hard: { pods: "4" } } }, reading)).toEqual({
      kind: "ResourceQuota",
      value: { uid: "u", namespace: "live", name: "a", hard: { pods: "4" }, used: {}, scopes: [] },
    });
  });

  it("a quota says which pods it counts, whichever way that is written", () => {
    const scopeSelector = { matchExpressions: [{ scopeName: "PriorityClass" }, { scopeName: "BestEffort" }] };
    const spec = { hard: { pods: "4" }, scopes: ["BestEffort"], scopeSelector };
    expect(translate("ResourceQuota", { metadata, spec }, reading)).toMatchObject({
      value: { scopes: ["BestEffort", "PriorityClass"] },
    });
  });

  it.each([{}, { preferredDuringSchedulingIgnoredDuringExecution: [] }])(
    "node affinity %j that is a wish alone chooses no nodes",
    (nodeAffinity) => {
      const template = { spec: { affinity: { nodeAffinity } } };
      expect(translate("Deployment", { metadata, spec: { template } }, reading)).toMatchObject({
        value: { template: { hasNodeAffinity: false } },
      });
    },
  );

  it("a template keeps from which pods it keeps away, and whether it chooses its nodes by affinity", () => {
    const app = { matchLabels: { app: "a" } };
    const required = "requiredDuringSchedulingIgnoredDuringExecution";
    const template = {
      spec: {
        affinity: {
          nodeAffinity: { [required]: { nodeSelectorTerms: [] } },
          podAntiAffinity: { [required]: [{ topologyKey: "zone", labelSelector: app }] },
        },
        topologySpreadConstraints: [{ topologyKey: "host", whenUnsatisfiable: "ScheduleAnyway" }],
      },
    };
    expect(translate("Deployment", { metadata, spec: { template } }, reading)).toMatchObject({
      value: {
        template: {
          spreading: [
            { topologyKey: "zone", isRequired: true, awayFrom: app },
            { topologyKey: "host", isRequired: false, awayFrom: undefined },
          ],
          hasNodeAffinity: true,
        },
      },
    });
  });

  it.each([
    [[condition("Ready", "True", "KubeletReady")], true],
    [[condition("Ready", "Unknown", "NodeStatusUnknown")], false],
    [[], false],
  ])("a node with the conditions %j is ready: %s", (conditions, isReady) => {
    const labels = { "topology.kubernetes.io/zone": "b" };
    expect(translate("Node", { metadata: { ...metadata, labels }, status: { conditions } }, reading)).toMatchObject({
      kind: "Node",
      value: { uid: "u", name: "a", isReady, zone: "b" },
    });
  });

  it("a pod requests what its containers and sidecars do together, or an init container's more beside the sidecars before it", () => {
    const asks = (cpu: string) => ({ name: "c", resources: { requests: { cpu } } });
    const pod = (spec: object) => translate("Pod", { metadata, spec }, reading);
    const containers = [asks("200m"), asks("300m")];
    const cores = (cpuCores: number) => ({ value: { demand: { cpuCores: expect.closeTo(cpuCores) } } });
    expect(pod({ containers })).toMatchObject(cores(0.5));
    expect(pod({ containers, initContainers: [asks("400m")] })).toMatchObject(cores(0.5));
    expect(pod({ containers, initContainers: [asks("2")] })).toMatchObject(cores(2));
    const sidecar = { ...asks("100m"), restartPolicy: "Always" };
    expect(pod({ containers, initContainers: [sidecar, asks("2")] })).toMatchObject(cores(2.1));
    expect(pod({ containers, initContainers: [asks("2"), sidecar] })).toMatchObject(cores(2));
    expect(pod({ containers, initContainers: [sidecar], overhead: { cpu: "50m" } })).toMatchObject(cores(0.65));
  });

  it.each([
    ["jdbc:postgresql://postgres:5432/ledger", { host: "postgres", port: 5432, isUrl: true }],
    ["dns:///svc-ledger.live:9000", { host: "svc-ledger.live", port: 9000, isUrl: true }],
    ["postgres.live.svc.cluster.local.:5432", { host: "postgres.live.svc.cluster.local", port: 5432, isUrl: false }],
  ])("the host of %s is kept", (value, host) => {
    const containers = [{ ...container("a", {}), env: [{ name: "A", value }] }];
    expect(translate("Deployment", { metadata, spec: { template: { spec: { containers } } } }, reading)).toMatchObject({
      value: { template: { containers: [{ settings: [{ hosts: [host] }] }] } },
    });
  });

  it("of a variable of the environment only its digest and the hosts in it are kept", () => {
    const env = [
      { name: "LEDGER", value: "http://app:s3cret@svc-ledger.live:8080/v1" },
      { name: "BROKERS", value: "kafka-0.kafka:9093,kafka-1.kafka:9093" },
      { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "api" } } },
      { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "LOG_LEVEL" } } },
    ];
    const containers = [{ ...container("a", {}), env, envFrom: [{ configMapRef: { name: "all" } }] }];
    const object = { metadata, spec: { template: { spec: { containers } } } };
    const kept = translate("Deployment", object, { ...reading, digest: () => "digest" });
    expect(kept).toMatchObject({
      value: {
        template: {
          containers: [
            {
              configMaps: ["all"],
              settings: [
                { name: "LEDGER", digest: "digest", hosts: [{ host: "svc-ledger.live", port: 8080, isUrl: true }] },
                {
                  digest: "digest",
                  hosts: [
                    { host: "kafka-0.kafka", port: 9093, isUrl: false },
                    { host: "kafka-1.kafka", port: 9093, isUrl: false },
                  ],
                },
                { digest: undefined, from: "Secret keys/api", hosts: [] },
                { digest: undefined, from: "ConfigMap settings/LOG_LEVEL", hosts: [] },
              ],
            },
          ],
        },
      },
    });
    expect(JSON.stringify(kept)).not.toContain("s3cret");
  });

  it.each([
    [undefined, { egress: undefined, ingress: [] }],
    [["Egress"], { egress: [], ingress: undefined }],
    [["Ingress", "Egress"], { egress: [], ingress: [] }],
  ])("a NetworkPolicy with the types %j restricts those directions alone", (policyTypes, restricted) => {
    const object = { metadata, spec: { podSelector: {}, policyTypes } };
    expect(translate("NetworkPolicy", object, reading)).toMatchObject({ value: restricted });
  });

  it("a rule of a NetworkPolicy keeps whether a selector is empty, which selects all, or not there, which is another thing", () => {
    const from = [
      { namespaceSelector: {} },
      { podSelector: { matchLabels: { app: "a" } } },
      { ipBlock: { cidr: "10.0.0.0/8" } },
    ];
    const spec = { podSelector: {}, ingress: [{ from, ports: [{ port: "http" }, { port: 8000, endPort: 8010 }] }] };
    const selector = { matchLabels: {}, matchExpressions: [] };
    expect(translate("NetworkPolicy", { metadata, spec }, reading)).toMatchObject({
      value: {
        ingress: [
          {
            peers: [
              { kind: "pods", namespaceSelector: selector, podSelector: undefined },
              { kind: "pods", namespaceSelector: undefined, podSelector: { ...selector, matchLabels: { app: "a" } } },
              { kind: "addresses", cidr: "10.0.0.0/8", except: [] },
            ],
            ports: [
              { protocol: "TCP", port: "http", endPort: undefined },
              { protocol: "TCP", port: 8000, endPort: 8010 },
            ],
          },
        ],
      },
    });
  });

  it("what a disruption budget allows is not known until the controller has looked at this generation of it", () => {
    const budget = (observedGeneration: number | undefined) =>
      translate(
        "PodDisruptionBudget",
        { metadata: { ...metadata, generation: 2 }, status: { observedGeneration, disruptionsAllowed: 1 } },
        reading,
      );
    expect(budget(undefined)).toMatchObject({ value: { disruptionsAllowed: undefined } });
    expect(budget(1)).toMatchObject({ value: { disruptionsAllowed: undefined } });
    expect(budget(2)).toMatchObject({ value: { disruptionsAllowed: 1 } });
  });

  it("a volume claim keeps what it asks for and what it has been given", () => {
    const spec = { storageClassName: "fast", volumeName: "pv-1", resources: { requests: { storage: "8Gi" } } };
    const status = { phase: "Bound", capacity: { storage: "10Gi" } };
    expect(translate("PersistentVolumeClaim", { metadata, spec, status }, reading)).toEqual({
      kind: "VolumeClaim",
      value: {
        uid: metadata.uid,
        namespace: metadata.namespace,
        name: metadata.name,
        phase: "Bound",
        requested: "8Gi",
        capacity: "10Gi",
        storageClass: "fast",
        volume: "pv-1",
      },
    });
    const bare = { metadata, spec: { storageClassName: "", volumeName: "" } };
    expect(translate("PersistentVolumeClaim", bare, reading)).toMatchObject({
      value: { phase: "Pending", requested: undefined, storageClass: undefined, volume: undefined },
    });
  });

  it("a pod names the claims that it needs, those of its ephemeral volumes, too", () => {
    const volumes = [
      { name: "data", persistentVolumeClaim: { claimName: "data-0" } },
      { name: "scratch", ephemeral: { volumeClaimTemplate: {} } },
      { name: "config", configMap: { name: "settings" } },
    ];
    expect(translate("Pod", { metadata, spec: { volumes } }, reading)).toMatchObject({
      value: { claims: ["data-0", `${metadata.name}-scratch`] },
    });
    expect(translate("Pod", { metadata, spec: {} }, reading)).toMatchObject({ value: { claims: [] } });
  });

  it("a ControllerRevision of a StatefulSet keeps its number, cause and images, and nothing else of what it holds", () => {
    const ownerReferences = [{ uid: "owner", kind: "StatefulSet", controller: true }];
    const annotations = { "kubernetes.io/change-cause": "GX-7" };
    const containers = [{ name: "main", image: "postgres:18", env: [{ name: "PASSWORD", value: "s3cret" }] }];
    const object = {
      metadata: { ...metadata, ownerReferences, annotations, creationTimestamp: time },
      revision: 3,
      data: { spec: { template: { $patch: "replace", spec: { containers } } } },
    };
    expect(translate("ControllerRevision", object, reading)).toEqual({
      kind: "ControllerRevision",
      value: {
        uid: metadata.uid,
        namespace: metadata.namespace,
        name: metadata.name,
        ownerUid: "owner",
        number: 3,
        changeCause: "GX-7",
        revision: undefined,
        createdAt: Date.parse(time),
        images: ["postgres:18"],
      },
    });
  });

  it("a ControllerRevision of something else is let go, whatever it holds", () => {
    const ownerReferences = [{ uid: "owner", kind: "VirtualMachine", controller: true }];
    expect(translate("ControllerRevision", { metadata, revision: 1, data: "x" }, reading)).toBeUndefined();
    const other = { metadata: { ...metadata, ownerReferences }, revision: 1, data: [] };
    expect(translate("ControllerRevision", other, reading)).toBeUndefined();
  });

  it.each([
    [{ conditions: [condition("Failed", "True", "BackoffLimitExceeded")] }, {}, "failed"],
    [{ conditions: [condition("Complete", "True", "")] }, {}, "succeeded"],
    [{ active: 1 }, {}, "running"],
    [{}, { suspend: true }, "suspended"],
    [{}, {}, "waiting"],
  ])("a Job with the status %j is %s %s", (status, spec, state) => {
    expect(translate("Job", { metadata, spec, status }, reading)).toMatchObject({ value: { state } });
  });

  it.each(WATCHED_KINDS)("that is no %s is not taken for one", (kind) => {
    expect(() => translate(kind, { metadata: {} }, reading)).toThrow();
    expect(() => translate(kind, null, reading)).toThrow();
  });
});
