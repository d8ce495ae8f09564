import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { RESOURCE_PATH, USAGE_PATH } from "#lib/systems/kubernetes/client.ts";

const Role = z.object({
  kind: z.literal("ClusterRole"),
  metadata: z.object({ name: z.literal("gatehouse") }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()).default([]),
      resources: z.array(z.string()).default([]),
      nonResourceURLs: z.array(z.string()).default([]),
      verbs: z.array(z.string()),
    }),
  ),
});

const documents = parseAllDocuments(readFileSync(join(import.meta.dirname, "gatehouse-rbac.yaml"), "utf8"));
const rules = documents.flatMap((document) => Role.safeParse(document.toJS()).data?.rules ?? []);

/** As `<group>/<resource>`, the core group without a name. */
function askedBy(path: string): string {
  const [, api, ...rest] = path.split("/");
  return api === "api" ? `/${rest[1]}` : `${rest[0]}/${rest[2]}`;
}

it("Gatehouse may read in a cluster what it watches and measures, and nothing else", () => {
  const readable = rules
    .filter(({ verbs }) => verbs.includes("list"))
    .flatMap(({ apiGroups, resources }) => apiGroups.flatMap((group) => resources.map((one) => `${group}/${one}`)));
  expect(readable.toSorted()).toEqual([...Object.values(RESOURCE_PATH), USAGE_PATH].map(askedBy).toSorted());
});

it("Gatehouse may ask a cluster whether it is ready, whatever else that cluster lets everybody ask", () => {
  const open = rules.filter(({ verbs }) => verbs.includes("get")).flatMap(({ nonResourceURLs }) => nonResourceURLs);
  expect(open).toEqual(["/readyz"]);
});
