"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { useUrlState } from "#components/live/use-url-state.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { readRestartTarget } from "#lib/restarts/model.ts";
import type { RestartInput } from "#lib/restarts/schema.ts";

// What is not looked at is not loaded.
const PromoteDialog = dynamic(() => import("./promote-dialog.tsx").then((file) => file.PromoteDialog));
const RollBackDialog = dynamic(
  () => import("#components/rollbacks/roll-back-dialog.tsx").then((file) => file.RollBackDialog),
  { ssr: false },
);
const RestartDialog = dynamic(
  () => import("#components/restarts/restart-dialog.tsx").then((file) => file.RestartDialog),
  { ssr: false },
);

type Asking<Input> = ServerAction<Input, { requestId: string }>;
type ChangeDialogsProps = Readonly<{
  request: Asking<AskInput>;
  rollBack: Asking<AskInput>;
  restart: Asking<RestartInput>;
}>;

/** The dialog that the URL says is open: `?promote=<environment>`, `?rollback=<environment>` or `?restart=<environment>/<workload>`. */
export function ChangeDialogs({ request, rollBack, restart }: ChangeDialogsProps): ReactNode {
  const environments = useRows("environment");
  const [promoted, openPromote] = useUrlState("promote");
  const [rolledBack, openRollBack] = useUrlState("rollback");
  const [restarted, openRestart] = useUrlState("restart");
  const restarting = readRestartTarget(restarted);
  const target = environments.get(promoted ?? rolledBack ?? restarting?.environment ?? "");
  if (target === undefined) {
    return null;
  }
  if (promoted !== undefined) {
    return (
      <PromoteDialog key={target.id} environment={target} request={request} onClose={() => openPromote(undefined)} />
    );
  }
  if (rolledBack !== undefined) {
    return (
      <RollBackDialog
        key={target.id}
        environment={target}
        rollBack={rollBack}
        onClose={() => openRollBack(undefined)}
      />
    );
  }
  return restarting === undefined ? null : (
    <RestartDialog
      key={restarted}
      environment={target}
      workload={restarting.workload}
      restart={restart}
      onClose={() => openRestart(undefined)}
    />
  );
}
