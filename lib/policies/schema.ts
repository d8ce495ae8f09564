import * as z from "zod";
import { ROLES } from "#lib/access/model.ts";
import { EXCLUDABLE, type Policy, RUN_MODES } from "./model.ts";

/** A policy as it is kept with a request and read over HTTP. */
export const PolicyBody: z.ZodType<Policy> = z.object({
  ask: z.array(z.enum(ROLES)),
  agree: z.array(z.object({ kind: z.enum(["role", "group"]), name: z.string(), count: z.number() })),
  exclude: z.array(z.enum(EXCLUDABLE)),
  stepUp: z.boolean(),
  expiresAfterMs: z.number(),
  run: z.enum(RUN_MODES),
  tickets: z.array(z.string()),
  freezes: z.array(z.object({ name: z.string(), from: z.string(), to: z.string() })),
});
