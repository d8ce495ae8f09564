"use client";

import type { ReactNode } from "react";
import { utcClock } from "#components/ui/clock-words.ts";
import { type Step, Steps } from "#components/ui/steps.tsx";
import type { RequestRow } from "#lib/requests/model.ts";
import { listWords } from "./request-words.ts";

/** The whole way of a request: asked, agreed, then each step of its operation. */
export function RequestSteps({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  return (
    <Steps label="The way of this request" steps={[asked(request), ...agreed(request), ...operationSteps(request)]} />
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
  if (request.needed === 0) {
    return [];
  }
  const people = request.approvals.filter((approval) => approval.decision === "approve").map((one) => one.account);
  const name = `Agreed ${people.length} of ${request.needed}`;
  if (request.state === "waiting") {
    return [{ key: "agreed", name, state: "running", detail: "an operator who neither asked nor wrote it" }];
  }
  const isAgreed = people.length >= request.needed;
  return [
    {
      key: "agreed",
      name,
      state: isAgreed ? "done" : "failed",
      detail: isAgreed ? listWords(people) : (request.stateReason ?? request.state),
    },
  ];
}

const EXPECTED: Readonly<Record<RequestRow["action"], readonly string[]>> = {
  promotion: ["Check", "Merge", "Roll out", "Settle"],
  rollback: ["Check", "Revert", "Roll out", "Settle"],
};

function operationSteps(request: RequestRow): Step[] {
  if (request.operation === null) {
    return EXPECTED[request.action].map((name) => ({ key: name, name, state: "pending" }));
  }
  return request.operation.steps.map((step) => ({
    key: step.name,
    name: step.name,
    state: step.state,
    detail: step.endedAt === null ? step.note : `${utcClock(new Date(step.endedAt))} · ${step.note ?? "done"}`,
  }));
}
