import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");

const Rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).default([]),
  verbs: z.array(z.string()),
});
const Document = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(Rule).default([]),
  subjects: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
});
const documents = parseAllDocuments(read("people.yaml")).map((document) => Document.parse(document.toJS()));
const rules = documents.flatMap((document) => document.rules);
const impersonated = (resource: string) =>
  rules.filter((rule) => rule.resources.includes(resource)).flatMap((rule) => rule.resourceNames);

const config = z
  .object({
    clusters: z.array(z.object({ impersonate: z.object({ groups: z.array(z.string()) }).optional() })),
    access: z.object({ accounts: z.array(z.object({ account: z.string(), groups: z.array(z.string()) })) }),
  })
  .parse(parse(read("../gatehouse.yaml")));

test("every right to impersonate names whom, and nothing else does, and none is the old unconstrained one", () => {
  const impersonating = rules.filter((rule) => rule.verbs.some((verb) => verb.startsWith("impersonate")));
  expect(impersonating).toHaveLength(2);
  for (const rule of impersonating) {
    expect(rule).toMatchObject({ apiGroups: ["authentication.k8s.io"], verbs: ["impersonate:user-info"] });
    expect(rule.resourceNames.length).toBeGreaterThan(0);
  }
  expect(read("people.yaml")).not.toContain("*");
});

test("gatehouse.yaml and the cluster name the same groups, and the cluster exactly their members", () => {
  const groups = config.clusters.flatMap((cluster) => cluster.impersonate?.groups ?? []);
  expect(impersonated("groups")).toEqual(groups);
  const members = config.access.accounts.filter((one) => one.groups.some((group) => groups.includes(group)));
  expect(impersonated("users")).toEqual(members.map(({ account }) => account));
});

test("operators alone are bound to change workloads, in gravv's two namespaces", () => {
  const bindings = documents.filter(({ kind }) => kind === "RoleBinding");
  expect(bindings.map(({ metadata, subjects }) => [metadata.namespace, subjects.map(({ name }) => name)])).toEqual([
    ["gravv-sandbox", ["gravv-operators"]],
    ["gravv-sandbox", ["gatehouse"]],
    ["gravv-live", ["gravv-operators"]],
    ["gravv-live", ["gatehouse"]],
  ]);
});
