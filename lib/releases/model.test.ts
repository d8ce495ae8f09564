import { describe, expect, it } from "vitest";
import { parseImage, releaseOf } from "./image.ts";
import { compareManifests, ManifestError, migrationsIn, readManifests, serviceOfPath } from "./model.ts";

const SHA = `sha256:${"a".repeat(64)}`;

describe("an image reference is taken apart", () => {
  it.each([
    ["ledger", { name: "ledger", tag: undefined, digest: undefined }],
    ["ledger:1.4.2", { name: "ledger", tag: "1.4.2", digest: undefined }],
    ["registry.example/gravv/ledger:1", { name: "registry.example/gravv/ledger", tag: "1", digest: undefined }],
    ["registry.example:5000/ledger", { name: "registry.example:5000/ledger", tag: undefined, digest: undefined }],
    ["registry.example:5000/ledger:2", { name: "registry.example:5000/ledger", tag: "2", digest: undefined }],
    [`ledger@${SHA}`, { name: "ledger", tag: undefined, digest: SHA }],
    [`registry.example:5000/a/b:2@${SHA}`, { name: "registry.example:5000/a/b", tag: "2", digest: SHA }],
    [`registry.example:5000/a/b@${SHA}`, { name: "registry.example:5000/a/b", tag: undefined, digest: SHA }],
  ])("%s", (reference, parts) => {
    expect(parseImage(reference)).toEqual(parts);
  });
});

it("a release is called by its tag, else by the start of its digest, else untagged", () => {
  expect(releaseOf(`ledger:1.4.2@${SHA}`, "abc")).toMatchObject({ version: "1.4.2", digest: SHA, revision: "abc" });
  expect(releaseOf(`ledger@${SHA}`, undefined).version).toBe(`sha256:${"a".repeat(12)}`);
  expect(releaseOf("registry.example:5000/ledger", undefined).version).toBe("untagged");
});

function deployment(changes: { image?: string; replicas?: number; strategy?: string } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ledger
spec:
  replicas: ${changes.replicas ?? 4}
${changes.strategy ?? ""}
  template:
    spec:
      containers:
        - name: main
          image: ${changes.image ?? "ledger:1"}
          resources: { requests: { cpu: 250m, memory: 64Mi } }
        - name: proxy
          image: proxy:9
`;
}

const read = (files: Record<string, string>) => readManifests(new Map(Object.entries(files)), "services");

describe("manifests", () => {
  it("are read document by document, whatever lies between them, and from YAML files alone", () => {
    const manifests = read({
      "services/ledger/deployment.yaml": `---\n${deployment()}---\n\n---\napiVersion: v1\nkind: Service\nmetadata: { name: ledger }\n`,
      "environments/live/quota.yml": "apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: live }\n",
      "services/ledger/README.md": "kind: nothing",
      "services/ledger/migrations/1.sql": "select 1;",
    });
    expect([...manifests.values()].map(({ key, service, images }) => ({ key, service, images }))).toEqual([
      { key: "apps/v1/Deployment/ledger", service: "ledger", images: { main: "ledger:1", proxy: "proxy:9" } },
      { key: "v1/Service/ledger", service: "ledger", images: {} },
      { key: "v1/ResourceQuota/live", service: undefined, images: {} },
    ]);
  });

  it.each([
    ["is not YAML", "a: [1", /^services\/a\.yaml: not YAML: /],
    ["is no object of Kubernetes", "hello: world", /^services\/a\.yaml: not a Kubernetes object: expected apiVersion/],
    ["is a mere string", "hello", /^services\/a\.yaml: not a Kubernetes object/],
    [
      "is a workload without containers",
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: {}",
      /^services\/a\.yaml: Deployment x has no pod template with containers$/,
    ],
  ])("a file that %s is named, with what is wrong", (_what, text, message) => {
    expect(() => read({ "services/a.yaml": text })).toThrow(ManifestError);
    expect(() => read({ "services/a.yaml": text })).toThrow(message);
  });

  it.each([
    ["a quarter by default, rounded up", {}, 1],
    ["a quarter of five is two", { replicas: 5 }, 2],
    ["a percentage", { strategy: "  strategy: { rollingUpdate: { maxSurge: 50% } }" }, 2],
    ["a number", { strategy: "  strategy: { rollingUpdate: { maxSurge: 3 } }" }, 3],
    ["none", { strategy: "  strategy: { rollingUpdate: { maxSurge: 0 } }" }, 0],
    ["none where all pods end before new ones start", { strategy: "  strategy: { type: Recreate }" }, 0],
  ])("a rolling update adds %s", (_what, changes, pods) => {
    const surge = read({ "services/ledger/d.yaml": deployment(changes) }).get("apps/v1/Deployment/ledger")?.surge;
    expect(surge).toEqual({ pods, cpuCores: pods * 0.25, memoryBytes: pods * 64 * 2 ** 20 });
  });

  it("a StatefulSet replaces its pods in place and adds none", () => {
    const text = deployment().replace("Deployment", "StatefulSet");
    expect(read({ "services/ledger/s.yaml": text }).get("apps/v1/StatefulSet/ledger")?.surge).toBeUndefined();
  });
});

describe("a Secret's values are never in its text", () => {
  const WORDS = ["aHVudGVyMg==", "hunter2", "hunter3", "hunter4"];
  const secret = `apiVersion: v1
kind: Secret
metadata:
  name: keys
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"other":"hunter4"}}'
data:
  password: aHVudGVyMg==
stringData:
  other: hunter2
  more: |
    hunter3
`;

  it("nor in the diff of two of them, while the names of its keys are", () => {
    const before = read({ "services/ledger/keys.yaml": secret });
    const after = read({ "services/ledger/keys.yaml": `${secret}  added: hunter2\n` });
    const shown = JSON.stringify([compareManifests(before, after), compareManifests(new Map(), after)]);
    for (const word of WORDS) {
      expect(shown).not.toContain(word);
    }
    expect(shown).toContain("password: (not shown)");
    expect(shown).toContain("added: (not shown)");
  });

  it("also where they do not have the shape they should", () => {
    const odd = "apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\ndata: hunter2\nstringData: [hunter3]\n";
    const text = read({ "a.yaml": odd }).get("v1/Secret/keys")?.text ?? "";
    expect(text).toContain("(not shown)");
    expect(text).not.toMatch(/hunter/);
  });
});

describe("what differs between two sets of manifests", () => {
  it("is told object by object: added, changed, removed, services first", () => {
    const config = (name: string, value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`;
    const before = read({
      "environments/live/settings.yaml": config("settings", "a"),
      "services/ledger/d.yaml": deployment(),
      "services/gateway/c.yaml": config("old", "a"),
      "services/onramp/c.yaml": config("same", "a"),
    });
    const after = read({
      "environments/live/settings.yaml": config("settings", "b"),
      "services/ledger/d.yaml": deployment({ image: "ledger:2" }),
      "services/gateway/c.yaml": config("new", "a"),
      "services/onramp/moved.yaml": config("same", "a"),
    });
    const changes = compareManifests(before, after);
    expect(changes.map(({ service, name, change }) => [service, name, change])).toEqual([
      ["gateway", "new", "added"],
      ["gateway", "old", "removed"],
      ["ledger", "ledger", "changed"],
      [undefined, "settings", "changed"],
    ]);
    expect(changes[2]?.lines.filter((line) => line.kind !== "same")).toEqual([
      { kind: "remove", text: "          image: ledger:1" },
      { kind: "add", text: "          image: ledger:2" },
    ]);
  });

  it("is nothing for another layout of the same content", () => {
    const before = read({ "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n" });
    const after = read({ "a.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}} # said\n' });
    expect(compareManifests(before, after)).toEqual([]);
  });
});

it("a path belongs to the service in whose folder it lies, and to no other", () => {
  expect(serviceOfPath("services/ledger/deployment.yaml", "services")).toBe("ledger");
  expect(serviceOfPath("services/ledger/a/b.yaml", "services")).toBe("ledger");
  expect(serviceOfPath("services/README.md", "services")).toBeUndefined();
  expect(serviceOfPath("services-old/ledger/a.yaml", "services")).toBeUndefined();
  expect(serviceOfPath("environments/live/quota.yaml", "services")).toBeUndefined();
  expect(serviceOfPath("apps/services/ledger/a.yaml", "apps/services")).toBe("ledger");
});

it("a migration is a file in the migrations folder of a service, nothing else", () => {
  const paths = [
    "services/ledger/migrations/0042.sql",
    "services/ledger/src/migrations/0001.sql",
    "services/ledger/migrations.md",
    "migrations/0001.sql",
    "services/identity/migrations/2026/0007.sql",
  ];
  expect(migrationsIn(paths, "services")).toEqual([
    { service: "ledger", path: "services/ledger/migrations/0042.sql" },
    { service: "identity", path: "services/identity/migrations/2026/0007.sql" },
  ]);
});

it("a Secret whose value alone changes is a change, of which no value is shown", () => {
  const secret = (value: string) =>
    readManifests(
      new Map([
        ["services/a/s.yaml", `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  key: ${value}\n`],
      ]),
      "services",
    );
  const [change] = compareManifests(secret("first-value"), secret("second-value"));
  expect(change?.change).toBe("changed");
  expect(JSON.stringify(change)).not.toMatch(/first-value|second-value/);
});
