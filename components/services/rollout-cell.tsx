import type { ReactNode } from "react";
import { Progress } from "#components/ui/progress.tsx";
import { Unknown } from "#components/ui/status.tsx";
import { isBrokenWhilePaused, isDoneAndPaused } from "#lib/rollouts/model.ts";
import type { Health, ServiceRow } from "#lib/services/model.ts";
import { movingWords, shortReason, stuckWords } from "./rollout-words.ts";

type RolloutCellProps = Readonly<{
  service: ServiceRow;
  health: Health;
  /** Leaves the reason's own words to whatever stands beside it. */
  short?: boolean | undefined;
}>;

/** Where a service's rollout stands: a bar while it moves, the reason where it is stuck. */
export function RolloutCell({ service, health, short }: RolloutCellProps): ReactNode {
  const { state, updated, desired, available, reason } = service.rollout;
  if (health.state === "unknown") {
    return <Unknown because={health.reasons.join("; ")}>not known</Unknown>;
  }
  const label = `Rollout of ${service.name}`;
  switch (state) {
    case "done":
      return isDoneAndPaused(service.rollout) ? (
        <span className="text-warn">done, paused</span>
      ) : (
        <span className="text-faint">done</span>
      );
    case "paused":
      return (
        <span className="text-warn" title={reason?.message}>
          {isBrokenWhilePaused(service.rollout) ? `paused, ${stuckWords(service.rollout)}` : "paused"}
        </span>
      );
    case "unknown":
      return <Unknown>not seen yet</Unknown>;
    case "stuck":
      return (
        <span className="flex flex-col gap-0.5">
          <Progress label={label} done={available} total={desired} tone="broken" words={stuckWords(service.rollout)} />
          {short || reason === null ? null : (
            <span title={reason.message} className="text-left text-dim text-small outside">
              {shortReason(service.rollout)}
            </span>
          )}
        </span>
      );
    case "progressing":
      return (
        <Progress
          label={label}
          done={Math.min(updated, available)}
          total={desired}
          words={movingWords(service.rollout)}
        />
      );
  }
}
