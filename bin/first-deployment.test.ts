import { describe, expect, test } from "vitest";
import { revisionAnnotation, targets } from "#estates/gravv/deployment.ts";
import { deploymentProgress } from "./first-deployment.ts";

function deployment(namespace: string, name: string, available: number, generations = { wanted: 1, seen: 1 }) {
  return {
    kind: "Deployment",
    metadata: { name, namespace, generation: generations.wanted },
    spec: { replicas: 2 },
    status: { observedGeneration: generations.seen, updatedReplicas: 2, availableReplicas: available },
  };
}

function mark(namespace: string, revision?: string) {
  const annotations = revision === undefined ? {} : { [revisionAnnotation]: revision };
  return { kind: "ConfigMap", metadata: { name: "deploy-workflow", namespace, annotations } };
}

const allMarked = targets.map(({ namespace }) => mark(namespace, "4f1c2d3e"));

describe("the first deployment", () => {
  test("is reached when both namespaces are marked and every service is wholly there", () => {
    const items = [
      ...allMarked,
      deployment("gravv-sandbox", "ledger", 2),
      deployment("gravv-live", "ledger", 2),
      deployment("kube-system", "other", 0),
    ];
    expect(deploymentProgress({ items }, targets)).toEqual({ available: 2, wanted: 2, isReached: true });
  });

  test("is not reached while a pod is missing, however many there are", () => {
    const items = [...allMarked, deployment("gravv-sandbox", "ledger", 2), deployment("gravv-live", "ledger", 1)];
    expect(deploymentProgress({ items }, targets)).toEqual({ available: 1, wanted: 2, isReached: false });
  });

  test("is not reached by numbers that are from before the last change", () => {
    const items = [...allMarked, deployment("gravv-live", "ledger", 2, { wanted: 2, seen: 1 })];
    expect(deploymentProgress({ items }, targets).isReached).toBe(false);
  });

  test("is not reached before the workflow has marked both namespaces", () => {
    const items = [mark("gravv-sandbox", "4f1c2d3e"), mark("gravv-live"), deployment("gravv-sandbox", "ledger", 2)];
    expect(deploymentProgress({ items }, targets).isReached).toBe(false);
  });

  test("is not reached by an empty cluster", () => {
    expect(deploymentProgress({ items: allMarked }, targets)).toEqual({ available: 0, wanted: 0, isReached: false });
  });
});
