import { describe, expect, test } from "vitest";
import { countOutcome, objectsToApply, retryDelayMs, revisionAnnotation, UndeployableCommit } from "./deployment.ts";

const revision = "4f1c0de".padEnd(40, "0");

function file(path: string, kind: string, name: string, rest = ""): { path: string; text: string } {
  return { path, text: `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}` };
}

describe("the objects to apply", () => {
  test("carry the revision on themselves and not on the pods they make", () => {
    const [object] = objectsToApply(
      [
        file(
          "a.yaml",
          "Deployment",
          "a",
          "  annotations:\n    kept: yes\nspec:\n  template:\n    metadata:\n      labels: {}\n",
        ),
      ],
      revision,
    );

    expect(object?.metadata.annotations).toEqual({ kept: "yes", [revisionAnnotation]: revision });
    expect(object?.spec).toEqual({ template: { metadata: { labels: {} } } });
  });

  test("come in the order in which they need each other", () => {
    const objects = objectsToApply(
      [
        file("1.yaml", "Deployment", "a"),
        file("2.yaml", "PodDisruptionBudget", "a"),
        file("3.yaml", "ResourceQuota", "a"),
        file("4.yaml", "Service", "a"),
        file("5.yaml", "ServiceAccount", "a"),
        file("6.yaml", "ConfigMap", "a"),
      ],
      revision,
    );

    expect(objects.map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "ConfigMap",
      "Service",
      "ResourceQuota",
      "PodDisruptionBudget",
      "Deployment",
    ]);
  });

  test("are those of the YAML files, each document one object", () => {
    const two = {
      path: "two.yaml",
      text: `${file("", "ConfigMap", "a").text}---\n${file("", "ConfigMap", "b").text}---\n`,
    };
    const empty = { path: "empty.yaml", text: "# nothing yet\n" };
    const page = { path: "runbook.md", text: "# A deposit is stuck" };

    expect(objectsToApply([two, empty, page], revision).map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  });

  test.each([
    ["a file that is not YAML", [{ path: "services/a/x.yaml", text: "a: [1" }], /^services\/a\/x\.yaml is not YAML/],
    ["a file that is not a manifest", [{ path: "x.yaml", text: "a: 1" }], /^x\.yaml is not a manifest: apiVersion/],
    [
      "an object that names a namespace",
      [file("x.yaml", "Service", "a", "  namespace: gravv-live\n")],
      /namespace: must not be named/,
    ],
    [
      "one object twice",
      [file("x.yaml", "Service", "a"), file("y.yaml", "Service", "a")],
      /^v1 Service a is in the commit twice/,
    ],
    ["a commit without manifests, which would prune everything", [{ path: "README.md", text: "" }], /has no manifests/],
  ])("are refused for %s", (_, files, reason) => {
    expect(() => objectsToApply(files, revision)).toThrow(UndeployableCommit);
    expect(() => objectsToApply(files, revision)).toThrow(reason);
  });
});

test("kubectl's lines are counted by what was done", () => {
  const printed = "service/a serverside-applied\ndeployment.apps/a serverside-applied\nconfigmap/flags pruned\n";

  expect(countOutcome(printed)).toEqual({ applied: 2, pruned: 1 });
});

test("the delay before another try doubles from half a second to ten, and is shortened by chance by up to a half", () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((failures) => retryDelayMs(failures, 0))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
  expect(retryDelayMs(3, 1)).toBe(1_000);
});
