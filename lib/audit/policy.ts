import type { Decision, Person } from "#lib/access/model.ts";
import { may, reachOf } from "#lib/access/policy.ts";

/**
 * Whether the person may export a period of the record: only whoever reads all of it, since a pack proves that nothing of its
 * period is left out. A single request is exported by whoever reads the record of its environment.
 */
export function mayExportPeriod(person: Person): Decision {
  const decision = may(person, "record.read");
  return !decision.allowed || reachOf(person, "record.read") === "everywhere"
    ? decision
    : {
        allowed: false,
        because:
          "A period holds rows of every environment, and you read the record of some of them. Export a single request from its own page, or ask somebody who reads all of it.",
      };
}
