import type { ReactNode } from "react";
import { Panel } from "#components/ui/panel.tsx";
import { Fact, Rows } from "#components/ui/rows.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { PendingPod } from "#lib/placement/model.ts";
import { unschedulableReason } from "#lib/rollouts/scheduling.ts";

const MOST = 8;

/** Pods that have no node, and why. */
export function PendingPanel({ pending }: Readonly<{ pending: readonly PendingPod[] }>): ReactNode {
  const hidden = pending.length - MOST;
  return pending.length === 0 ? null : (
    <Panel title="Pods without a node" hint={pending.length}>
      <Rows label="Pods without a node">
        {pending.slice(0, MOST).map(({ namespace, name, service, said }) => (
          <Fact
            key={`${namespace}/${name}`}
            mark={<StatusMark tone={said === null ? "look" : "broken"} />}
            name={<span className="font-mono text-small outside">{name}</span>}
            detail={said === null ? "the scheduler has not said why yet" : unschedulableReason(name, said).message}
          >
            {service}
          </Fact>
        ))}
        {hidden > 0 ? <li className="px-3.5 py-2 text-dim">{hidden} more of these are not shown</li> : null}
      </Rows>
    </Panel>
  );
}
