import type { ReactNode } from "react";
import { RolloutCell } from "#components/services/rollout-cell.tsx";
import { Elided } from "#components/ui/elided.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Status, StatusMark } from "#components/ui/status.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { RequestRow } from "#lib/requests/model.ts";
import type { SeenService } from "#lib/services/model.ts";
import { rolledOut, rolloutWords } from "./request-words.ts";

type RolloutPanelProps = Readonly<{ request: RequestRow; touched: readonly SeenService[] }>;

/** Each service that a request touches, as the cluster says; what holds one up stands under it with its numbers. */
export function RolloutPanel({ request, touched }: RolloutPanelProps): ReactNode {
  const stuck = touched.filter(({ health }) => health.state === "crit");
  return (
    <Panel
      title="Rollout"
      hint={`as the cluster says · ${rolloutWords(request, touched)}`}
      aside={
        stuck.length === 0 ? null : (
          <Tag kind="broken" shape>
            {stuck.length} stuck
          </Tag>
        )
      }
    >
      <ul className="divide-y divide-line">
        {touched.map((one) => (
          <ServiceLine key={one.service.id} request={request} one={one} />
        ))}
      </ul>
    </Panel>
  );
}

function ServiceLine({ request, one }: Readonly<{ request: RequestRow; one: SeenService }>): ReactNode {
  const { service, health } = one;
  return (
    <li className="flex flex-col gap-1 px-3.5 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="w-28 flex-none font-semibold">{service.name}</span>
        <code className="min-w-16 flex-1 text-dim">{service.release.version}</code>
        <Where request={request} one={one} />
      </div>
      {health.state === "crit" ? (
        <p className="flex gap-2 text-crit">
          <span className="flex h-5 flex-none items-center">
            <StatusMark tone="broken" />
          </span>
          <span className="min-w-0">
            <Elided text={service.rollout.reason?.message ?? health.reasons.join("; ")} />
          </span>
        </p>
      ) : null}
    </li>
  );
}

function Where({ request, one }: Readonly<{ request: RequestRow; one: SeenService }>): ReactNode {
  const { service, health } = one;
  if (rolledOut(request, [one]).length > 0) {
    return <Status tone="fine" word={`${service.rollout.available} of ${service.rollout.desired} new and available`} />;
  }
  const isArrived = service.release.revision === request.operation?.revision;
  if (!isArrived && health.state !== "crit" && health.state !== "unknown") {
    return <span className="text-faint">waiting for the deployment</span>;
  }
  return <RolloutCell service={service} health={health} short />;
}
