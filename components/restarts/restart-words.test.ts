import { expect, it } from "vitest";
import type { RestartPlan } from "#lib/restarts/model.ts";
import { orderWords } from "./restart-words.ts";

const order = (kind: RestartPlan["workload"]["kind"], pods: number, updateStrategy = "RollingUpdate") =>
  orderWords({ workload: { kind, namespace: "live", name: "db", uid: "u", images: [] }, pods, updateStrategy });

it("whoever agrees to a restart is told where it takes the service down", () => {
  expect(order("Deployment", 3, "Recreate")).toContain("it is down until then");
  expect(order("StatefulSet", 1)).toContain("it is down until then");
  expect(order("StatefulSet", 3)).not.toContain("down");
  expect(order("Deployment", 1)).not.toContain("down");
});
