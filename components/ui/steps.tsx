import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { StatusMark } from "./status.tsx";

export type StepState = "done" | "running" | "pending" | "failed";

export type Step = Readonly<{ name: ReactNode; detail?: ReactNode; state: StepState; key: string }>;

type StepsProps = Readonly<{ label: string; steps: readonly Step[] }>;

const lines: Readonly<Record<StepState, string>> = {
  done: "border-ok",
  running: "border-accent",
  pending: "border-line-strong",
  failed: "border-crit",
};

const stateWords: Readonly<Record<StepState, string>> = {
  done: "done",
  running: "under way",
  pending: "not yet",
  failed: "failed",
};

/** A way of several steps, side by side; one under another on phones. */
export function Steps({ label, steps }: StepsProps): ReactNode {
  return (
    <ol aria-label={label} className="flex gap-1.5 max-phone:flex-col max-phone:gap-0">
      {steps.map((step) => (
        <li
          key={step.key}
          aria-current={step.state === "running" ? "step" : undefined}
          className={classNames(
            "min-w-0 flex-1 border-t-2 pt-2.5 pr-3 transition-colors max-phone:border-t-0 max-phone:border-l-2 max-phone:py-1.5 max-phone:pl-3",
            lines[step.state],
          )}
        >
          <div
            className={classNames("flex items-center gap-1.5 font-semibold", step.state === "pending" && "text-dim")}
          >
            {step.state === "done" ? (
              <Check aria-hidden="true" size={13} strokeWidth={2.5} className="flex-none text-ok" />
            ) : null}
            {step.state === "failed" ? <StatusMark tone="broken" /> : null}
            <span className="min-w-0">{step.name}</span>
            <span className="sr-only">, {stateWords[step.state]}</span>
          </div>
          {step.detail === undefined || step.detail === null ? null : (
            <div
              className={step.state === "pending" ? "text-faint" : step.state === "failed" ? "text-crit" : "text-dim"}
            >
              {step.detail}
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
