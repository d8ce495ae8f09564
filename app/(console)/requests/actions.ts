"use server";

import { takeOver } from "#lib/operations/operations.ts";
import { TakeOverInput } from "#lib/operations/schema.ts";
import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";
import { approveRequest, rejectRequest, runRequest, withdrawRequest } from "#lib/requests/operations.ts";
import {
  ApproveRequestInput,
  RejectRequestInput,
  RunRequestInput,
  WithdrawRequestInput,
} from "#lib/requests/schema.ts";

/** Agrees to exactly the digest that was looked at. */
export async function approveRequestAction(raw: ApproveRequestInput): Promise<Result<null>> {
  return runAction(
    { name: "request.approve", schema: ApproveRequestInput, target: (input) => input.requestId, run: approveRequest },
    raw,
  );
}

/** Says no, with a reason. */
export async function rejectRequestAction(raw: RejectRequestInput): Promise<Result<null>> {
  return runAction(
    { name: "request.reject", schema: RejectRequestInput, target: (input) => input.requestId, run: rejectRequest },
    raw,
  );
}

/** Takes one's own request back. */
export async function withdrawRequestAction(raw: WithdrawRequestInput): Promise<Result<null>> {
  return runAction(
    {
      name: "request.withdraw",
      schema: WithdrawRequestInput,
      target: (input) => input.requestId,
      run: withdrawRequest,
    },
    raw,
  );
}

/** Starts what all have agreed to, where the policy says that it is started by hand. */
export async function runRequestAction(raw: RunRequestInput): Promise<Result<null>> {
  return runAction(
    { name: "request.run", schema: RunRequestInput, target: (input) => input.requestId, run: runRequest },
    raw,
  );
}

/** Takes over a running operation that seems stuck. */
export async function takeOverAction(raw: TakeOverInput): Promise<Result<null>> {
  return runAction(
    { name: "operation.take-over", schema: TakeOverInput, target: (input) => input.requestId, run: takeOver },
    raw,
  );
}
