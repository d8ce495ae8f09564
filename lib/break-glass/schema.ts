import * as z from "zod";
import { EnvironmentId, Reason } from "#lib/requests/schema.ts";

export const BreakGlassId = z.string().regex(/^bg_[0-9a-f]{20}$/, "expected the id of a broken glass");

export const BreakGlassInput = z.strictObject({ environment: EnvironmentId, reason: Reason });
export const CloseBreakGlassInput = z.strictObject({ breakGlassId: BreakGlassId });
export const ReviewBreakGlassInput = z.strictObject({ breakGlassId: BreakGlassId, review: Reason });

export type BreakGlassInput = z.infer<typeof BreakGlassInput>;
export type CloseBreakGlassInput = z.infer<typeof CloseBreakGlassInput>;
export type ReviewBreakGlassInput = z.infer<typeof ReviewBreakGlassInput>;
