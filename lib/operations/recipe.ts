import "server-only";
import type { Tx } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import { SETTLE_STEP } from "./model.ts";
import type { ClaimedOperation } from "./store.ts";

export type StepEnd =
  | Readonly<{ state: "done"; note: string; result?: Readonly<Record<string, string>> }>
  /** `voids` says that what was approved no longer holds, so that nothing was done. */
  | Readonly<{ state: "failed"; note: string; voids?: boolean }>;

export type StepContext = Readonly<{
  runtime: Runtime;
  operation: ClaimedOperation;
  /** What earlier steps have found out. */
  result: Readonly<Record<string, string>>;
  /** Says on the request's page what the step waits for. */
  note(text: string): Promise<void>;
  /** Whether the step has been begun before, here or elsewhere, so that something of it may still be on its way. */
  isRepeated: boolean;
  /** Throws LeaseLostError where the operation is another's by now. To be asked right before an effect, whose look came before it. */
  stillOurs(): Promise<void>;
  /** Aborts when the operation is no longer ours. */
  signal: AbortSignal;
}>;

/**
 * One step. It looks before it acts and leaves its mark where the effect is, so that running it again after a crash finds
 * what is done. An error that it throws means "not known yet": the step is run again.
 */
export type Step = Readonly<{ name: string; run(context: StepContext): Promise<StepEnd> }>;

/** How requests of one action are carried out. */
export type Recipe = Readonly<{
  steps: readonly Step[];
  /** Ends what may be ended for it, in the transaction that starts it. */
  makeRoom?(tx: Tx, start: Readonly<{ actor: string; row: RequestRow }>): Promise<void>;
  /** Whether a stored plan still says what would happen now; if not, why, in a sentence. */
  whyNotCurrent(runtime: Runtime, plan: unknown): Promise<string | undefined>;
  /** Why that cannot be said now, though its own environment is seen, as the start of a sentence. */
  whyUnsure(runtime: Runtime, plan: unknown): string | undefined;
}>;

/** The end of an operation whose stored plan is not the one that was approved; undefined where it is. */
export function whyOtherPlan({ plan, digest }: Pick<ClaimedOperation, "plan" | "digest">): StepEnd | undefined {
  return digestOf(plan) === digest
    ? undefined
    : {
        state: "failed",
        note: "The stored plan is not the one that was approved. Nothing was changed.",
        voids: true,
      };
}

/** The names of all steps of a recipe, as they are stored. */
export function stepNames(recipe: Recipe): string[] {
  return [...recipe.steps.map((step) => step.name), SETTLE_STEP];
}
