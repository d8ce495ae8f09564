import { expect, it } from "vitest";
import { currentStep, SETTLE_STEP, STEP_STATES, type StepRow } from "./model.ts";
import { stepNames } from "./recipe.ts";

const step = (name: string, state: StepRow["state"]): StepRow => ({
  name,
  state,
  startedAt: null,
  endedAt: null,
  note: null,
});

it.each(STEP_STATES)("the current step is the first that is not done (%s)", (state) => {
  const steps = [step("Check", "done"), step("Merge", state), step("Roll out", "pending")];
  expect(currentStep(steps)?.name).toBe(state === "done" ? "Roll out" : "Merge");
});

it("an operation whose steps are all done has no current step", () => {
  expect(currentStep([step("Check", "done")])).toBeUndefined();
  expect(currentStep([])).toBeUndefined();
});

it("every operation ends with the step that the runner does", () => {
  const run = async () => ({ state: "done", note: "" }) as const;
  const recipe = { steps: [{ name: "Check", run }], whyNotCurrent: async () => undefined, whyUnsure: () => undefined };
  expect(stepNames(recipe)).toEqual(["Check", SETTLE_STEP]);
});
