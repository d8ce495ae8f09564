import { expect, it } from "vitest";
import { allowedBy } from "./budgets.ts";

const none = { minAvailable: undefined, maxUnavailable: undefined };
const all = (pods: number) => ({ expected: pods, selected: pods, ready: pods });

it.each([
  [{ minAvailable: 2 }, 3, 1],
  [{ minAvailable: 3 }, 3, 0],
  [{ minAvailable: "50%" }, 3, 1],
  [{ minAvailable: "50%" }, 4, 2],
  [{ minAvailable: "34%" }, 3, 1],
  [{ minAvailable: "100%" }, 5, 0],
  [{ minAvailable: "0%" }, 5, 5],
  [{ maxUnavailable: 1 }, 3, 1],
  [{ maxUnavailable: 0 }, 3, 0],
  [{ maxUnavailable: "30%" }, 7, 3],
  [{ maxUnavailable: "1%" }, 3, 1],
  [{ maxUnavailable: "100%" }, 2, 2],
])("%o of %i ready pods lets %i go, percentages rounded up as the controller does", (rule, pods, allowed) => {
  expect(allowedBy({ ...none, ...rule }, all(pods))).toBe(allowed);
});

it("pods that are not ready have been spent already", () => {
  expect(allowedBy({ ...none, maxUnavailable: 1 }, { expected: 3, selected: 3, ready: 2 })).toBe(0);
  expect(allowedBy({ ...none, minAvailable: "50%" }, { expected: 4, selected: 4, ready: 1 })).toBe(0);
});

it("a percentage is of what the workloads should have, not of the pods that happen to be there", () => {
  expect(allowedBy({ ...none, minAvailable: "50%" }, { expected: 10, selected: 6, ready: 6 })).toBe(1);
});

it.each([none, { ...none, minAvailable: "some" }, { ...none, maxUnavailable: "-5%" }])(
  "%o lets none go: what cannot be understood is no permission",
  (rule) => {
    expect(allowedBy(rule, all(3))).toBe(0);
  },
);

it("a budget that selects nothing lets nothing go", () => {
  expect(allowedBy({ ...none, maxUnavailable: 1 }, all(0))).toBe(0);
});
