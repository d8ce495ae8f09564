import * as z from "zod";
import { ALL_ROLLOUT_KINDS } from "./model.ts";

/** By what rollouts are chosen, beside their environment. */
export const RolloutFilters = z.object({
  kind: z.enum(ALL_ROLLOUT_KINDS).optional().describe("only rollouts of this kind"),
});

/** Which rollouts are read, as the query of a URL names them. */
export const RolloutQuery = RolloutFilters.extend({ environment: z.string().optional() });
