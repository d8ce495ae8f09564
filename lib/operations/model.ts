export const OPERATION_STATES = ["running", "succeeded", "failed"] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

export const STEP_STATES = ["pending", "running", "done", "failed"] as const;
export type StepState = (typeof STEP_STATES)[number];

/** The step that ends every operation; the runner does it. */
export const SETTLE_STEP = "Settle";

/** The step in which an operation only follows what the platform does with its effect, so that it can be ended for certain. */
export const FOLLOWING_STEP = "Roll out";

export type StepRow = Readonly<{
  name: string;
  state: StepState;
  startedAt: string | null;
  endedAt: string | null;
  /** What the step came to, or what it waits for, in a sentence. */
  note: string | null;
}>;

export type OperationRow = Readonly<{
  id: string;
  state: OperationState;
  /** Why it failed, or what it did, in a sentence; null while it runs. */
  outcome: string | null;
  startedAt: string;
  endedAt: string | null;
  /** The commit it made on the environment's branch; null before that. */
  revision: string | null;
  steps: readonly StepRow[];
}>;

/** The first step that is not done; undefined when all are. */
export function currentStep(steps: readonly StepRow[]): StepRow | undefined {
  return steps.find((step) => step.state !== "done");
}
