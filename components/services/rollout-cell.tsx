import type { ReactNode } from "react";
import { Progress } from "#components/ui/progress.tsx";
import type { Health, ServiceRow } from "#lib/services/model.ts";

type RolloutCellProps = Readonly<{ service: ServiceRow; health: Health }>;

/** Where a service's rollout stands: a bar while it moves, the reason where it is stuck. */
export function RolloutCell({ service, health }: RolloutCellProps): ReactNode {
  const { state, updated, desired, available, reason } = service.rollout;
  if (health.state === "unknown") {
    return <span className="text-faint">not known now</span>;
  }
  switch (state) {
    case "done":
      return <span className="text-faint">done</span>;
    case "paused":
      return <span className="text-warn">paused</span>;
    case "unknown":
      return <span className="text-faint">not seen yet</span>;
    case "stuck":
      return (
        <span className="flex flex-col gap-1">
          <Progress
            label={`Rollout of ${service.name}`}
            done={available}
            total={desired}
            tone="broken"
            words={`stuck: ${reason?.code.replaceAll("_", " ") ?? ""}`}
          />
          <span className="text-crit text-small">{reason?.message}</span>
        </span>
      );
    case "progressing":
      return (
        <Progress
          label={`Rollout of ${service.name}`}
          done={Math.min(updated, available)}
          total={desired}
          words={updated < desired ? `${updated} of ${desired} new` : `${available} of ${desired} available`}
        />
      );
  }
}
