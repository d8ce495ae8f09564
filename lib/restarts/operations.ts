import "server-only";
import type { Person } from "#lib/access/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { askFor } from "#lib/requests/operations.ts";
import { clusterLets, planRestart, restartable } from "./queries.ts";
import { type RestartInput, StoredRestartPlan } from "./schema.ts";

/**
 * Asks for restarting a workload in the person's own name; where the policy needs nobody else it starts at once. Nobody is
 * asked to agree to what the cluster's own rules refuse to the person. Throws GatehouseError as askFor does, and not_found.
 */
export async function restart(runtime: Runtime, person: Person, input: RestartInput): Promise<{ requestId: string }> {
  const environment = restartable(runtime, person, input.environment);
  return askFor(runtime, person, {
    action: "restart",
    environment,
    input,
    async plan() {
      const plan = await planRestart(runtime, person, environment, input.workload);
      const decision = await clusterLets(runtime, person, environment, input.workload);
      if (!decision.allowed) {
        throw new GatehouseError("not_allowed", `Nothing was asked for: ${decision.because}.`);
      }
      return plan;
    },
    detail(plan) {
      const { workload, actor } = StoredRestartPlan.parse(plan);
      return {
        workload: `${workload.kind} ${workload.namespace}/${workload.name}`,
        as: [actor.user, ...actor.groups].join(", "),
      };
    },
  });
}
