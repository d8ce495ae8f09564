"use client";

import type { ReactNode } from "react";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { usePerson, useRows, useSources } from "#components/live/live-provider.tsx";
import { RequestTable } from "#components/requests/request-table.tsx";
import { countWords } from "#components/requests/request-words.ts";
import { WaitingPanel } from "#components/requests/waiting-panel.tsx";
import { HEALTH_TONE, HEALTH_WORD } from "#components/services/release-cell.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Row, Rows } from "#components/ui/rows.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import { Status, Unknown } from "#components/ui/status.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { isOpen, type RequestRow } from "#lib/requests/model.ts";
import type { ScheduleRow } from "#lib/schedules/model.ts";
import { environmentHealth, type ServiceRow, servicesHealth } from "#lib/services/model.ts";
import { clusterSourceId, gitSourceId, isFresh, type SourceRow } from "#lib/watch/freshness.ts";
import { ChangeButtons } from "./change-buttons.tsx";
import { promotionsWords } from "./promotions-words.ts";

/** Where something can be promoted to, what waits there, and every promotion and rollback there was. */
export function PromotionsView({ older }: Readonly<{ older: readonly RequestRow[] }>): ReactNode {
  const environments = [...useRows("environment").values()].filter((environment) => environment.after !== null);
  const services = [...useRows("service").values()];
  const schedules = [...useRows("schedule").values()];
  const sources = useSources();
  const person = usePerson();
  const held = useRows("request");
  const requests = [...held.values(), ...older.filter((request) => !held.has(request.id))];
  const open = requests.filter(isOpen);
  const delivered = environments.filter((environment) => environment.branch !== null);
  const words = promotionsWords({ environments: delivered, sources, open });
  return (
    <>
      <SaidLead words={words} />
      <div className="flex flex-col gap-5.5">
        <WaitingPanel requests={requests} person={person} />
        <Panel title="Environments" hint="each receives what the one before it has">
          {environments.length === 0 ? (
            <Empty title="Nothing can be promoted">
              No environment in gatehouse.yaml comes after another one. Give it{" "}
              <code className="font-mono">after:</code>.
            </Empty>
          ) : (
            <Rows label="Environments into which something can be promoted">
              {environments.map((environment) => (
                <Row
                  key={environment.id}
                  mark={
                    <EnvironmentTag
                      id={environment.tier === "live" ? "LIVE" : environment.name}
                      tier={environment.tier}
                    />
                  }
                  title={`${environment.after} → ${environment.id}`}
                  detail={
                    <BehindWords environment={environment} git={sources.get(gitSourceId(environment.platform))} />
                  }
                  figure={
                    <HealthOf environment={environment} services={services} schedules={schedules} sources={sources} />
                  }
                  action={
                    <ChangeButtons
                      environment={environment}
                      sources={sources}
                      isBroken={
                        servicesHealth(environment.id, services, sources.get(clusterSourceId(environment.cluster)))
                          .state === "crit"
                      }
                      isPrimary={
                        (environment.behind ?? 0) > 0 && !open.some((request) => request.environment === environment.id)
                      }
                    />
                  }
                />
              ))}
            </Rows>
          )}
        </Panel>
        <RequestTable
          title="Promotions and rollbacks"
          hint="newest first"
          requests={requests.filter((request) => !isOpen(request) && request.action !== "restart")}
          empty={
            <Empty title="Nothing has been promoted yet">
              Open <strong>Promote</strong> above: it shows exactly what would change before anyone is asked.
            </Empty>
          }
        />
      </div>
    </>
  );
}

type HealthOfProps = Readonly<{
  environment: EnvironmentRow;
  services: readonly ServiceRow[];
  schedules: readonly ScheduleRow[];
  sources: ReadonlyMap<string, SourceRow>;
}>;

function HealthOf({ environment, services, schedules, sources }: HealthOfProps): ReactNode {
  const health = environmentHealth(
    environment,
    { services, schedules },
    sources.get(clusterSourceId(environment.cluster)),
  );
  return <Status tone={HEALTH_TONE[health.state]} word={HEALTH_WORD[health.state]} />;
}

type BehindWordsProps = Readonly<{ environment: EnvironmentRow; git: SourceRow | undefined }>;

function BehindWords({ environment, git }: BehindWordsProps): ReactNode {
  const isKnown = environment.behind !== null && git !== undefined && isFresh(git);
  if (environment.branch === null) {
    return `Gatehouse does not deliver ${environment.platformName} yet`;
  }
  return (
    <>
      {isKnown ? (
        environment.behind === 0 ? (
          "nothing to promote"
        ) : (
          `${countWords(environment.behind ?? 0, "commit")} behind`
        )
      ) : (
        <>
          <Unknown>not known</Unknown> how far behind
        </>
      )}
      {environment.head === null ? null : (
        <>
          {" · "}
          {environment.branch} {isKnown ? "is" : "was"} at <code>{environment.head.slice(0, 8)}</code>
        </>
      )}
    </>
  );
}
