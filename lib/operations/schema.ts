import * as z from "zod";
import { Reason, RequestId } from "#lib/requests/schema.ts";

/** Taking over a running operation: to have it looked at again by whichever process is free, or to wait for it no longer. */
export const TakeOverInput = z.strictObject({
  requestId: RequestId,
  to: z.enum(["look-again", "stop-waiting"]),
  reason: Reason,
});
export type TakeOverInput = z.infer<typeof TakeOverInput>;
