"use client";

import type { ReactNode } from "react";
import { utcClock } from "#components/ui/clock-words.ts";
import { type Step, Steps } from "#components/ui/steps.tsx";
import { FOLLOWING_STEP, SETTLE_STEP, type StepRow } from "#lib/operations/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import { agreedBy } from "#lib/requests/policy.ts";
import { agreeWords, firstSentence, listWords, neededCount } from "./request-words.ts";

type RequestStepsProps = Readonly<{
  request: RequestRow;
  /** How far the rollout has come, in a few words, where a panel below has the details. */
  rollout: string | undefined;
}>;

/** The whole way of a request: asked, agreed, then each step of its operation. */
export function RequestSteps({ request, rollout }: RequestStepsProps): ReactNode {
  return (
    <Steps
      label="The way of this request"
      steps={[asked(request), ...agreed(request), ...operationSteps(request, rollout)]}
    />
  );
}

function asked(request: RequestRow): Step {
  return {
    key: "asked",
    name: "Asked",
    state: "done",
    detail: `${utcClock(new Date(request.createdAt))} · ${request.requestedBy}`,
  };
}

function agreed(request: RequestRow): Step[] {
  const needed = neededCount(request);
  if (needed === 0) {
    return [];
  }
  const people = agreedBy(request).map(({ account }) => account);
  const name = `Agreed ${people.length} of ${needed}`;
  if (request.state === "waiting") {
    return [
      {
        key: "agreed",
        name,
        state: "running",
        detail: agreeWords(request.missing),
      },
    ];
  }
  const isAgreed = people.length >= needed;
  return [
    {
      key: "agreed",
      name,
      state: isAgreed ? "done" : "failed",
      detail: isAgreed ? listWords(people) : request.state,
    },
  ];
}

const EXPECTED: Readonly<Record<RequestRow["action"], readonly string[]>> = {
  promotion: ["Check", "Merge", FOLLOWING_STEP, SETTLE_STEP],
  rollback: ["Check", "Revert", FOLLOWING_STEP, SETTLE_STEP],
  restart: ["Check", "Restart", FOLLOWING_STEP, SETTLE_STEP],
};

function operationSteps(request: RequestRow, rollout: string | undefined): Step[] {
  if (request.operation === null) {
    return EXPECTED[request.action].map((name) => ({ key: name, name, state: "pending" }));
  }
  return request.operation.steps.map((step) => ({
    key: step.name,
    name: step.name,
    state: step.state,
    detail: stepWords(step, rollout),
  }));
}

/** A few words for the strip; what a step says at length stands in the outcome and in the record. */
function stepWords(step: StepRow, rollout: string | undefined): string | null {
  if (step.endedAt !== null) {
    return `${utcClock(new Date(step.endedAt))} · ${firstSentence(step.note ?? step.state)}`;
  }
  const isRolling = step.name === FOLLOWING_STEP && step.state === "running";
  return isRolling && rollout !== undefined ? rollout : step.note && firstSentence(step.note);
}
