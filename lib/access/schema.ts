import * as z from "zod";
import { Digest, Reason } from "#lib/requests/schema.ts";
import { AccountName } from "./claims.ts";

export const StepUpId = z.string().regex(/^stp_[0-9a-f]{20}$/, "expected a step-up's id");
export const BeginStepUpInput = z.strictObject({ digest: Digest });
export const EndSessionsInput = z.strictObject({ account: AccountName, reason: Reason });

export type BeginStepUpInput = z.infer<typeof BeginStepUpInput>;
export type EndSessionsInput = z.infer<typeof EndSessionsInput>;
