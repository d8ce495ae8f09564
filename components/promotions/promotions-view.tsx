"use client";

import type { ReactNode } from "react";
import { environmentHealth } from "#components/environments/environment-panel.tsx";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { useRows } from "#components/live/live-provider.tsx";
import { RequestTable } from "#components/requests/request-table.tsx";
import { countWords } from "#components/requests/request-words.ts";
import { HEALTH_TONE } from "#components/services/release-cell.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Row, Rows } from "#components/ui/rows.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import { clusterSourceId, gitSourceId } from "#lib/watch/freshness.ts";
import { ChangeButtons } from "./change-buttons.tsx";

/** Where something can be promoted to, what waits there, and every promotion and rollback there was. */
export function PromotionsView({ older }: Readonly<{ older: readonly RequestRow[] }>): ReactNode {
  const environments = [...useRows("environment").values()].filter((environment) => environment.after !== null);
  const services = [...useRows("service").values()];
  const sources = useRows("source");
  const held = useRows("request");
  const requests = [...held.values(), ...older.filter((request) => !held.has(request.id))];
  const ahead = environments.filter((environment) => (environment.behind ?? 0) > 0);
  return (
    <>
      <Lead title={ahead.length === 0 ? "Nothing waits to be promoted." : "Promotions"}>{leadWords(environments)}</Lead>
      <div className="flex flex-col gap-5.5">
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
                      id={environment.tier === "live" ? "LIVE" : environment.tier}
                      tier={environment.tier}
                    />
                  }
                  title={
                    <span className="inline-flex items-center gap-2">
                      {environment.after} → {environment.id}
                      <StatusMark
                        tone={
                          HEALTH_TONE[
                            environmentHealth(environment, services, sources.get(clusterSourceId(environment.cluster)))
                              .state
                          ]
                        }
                      />
                    </span>
                  }
                  detail={behindWords(environment)}
                  action={
                    <ChangeButtons
                      environment={environment}
                      sources={[
                        sources.get(clusterSourceId(environment.cluster)),
                        sources.get(gitSourceId(environment.platform)),
                      ]}
                      isPrimary={(environment.behind ?? 0) > 0}
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
          requests={requests}
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

function leadWords(environments: readonly EnvironmentRow[]): string {
  const ahead = environments.filter((environment) => (environment.behind ?? 0) > 0);
  const unknown = environments.filter((environment) => environment.behind === null);
  return [
    ...ahead.map(
      (environment) =>
        `${environment.id} is ${countWords(environment.behind ?? 0, "commit")} behind ${environment.after}.`,
    ),
    ...unknown.map((environment) => `How far ${environment.id} is behind is not known.`),
    ...(ahead.length + unknown.length === 0 ? ["Every environment has all of the one before it."] : []),
  ].join(" ");
}

function behindWords(environment: EnvironmentRow): string {
  const at = environment.head === null ? "" : ` · ${environment.branch} is at ${environment.head.slice(0, 8)}`;
  if (environment.behind === null) {
    return `how far behind is not known${at}`;
  }
  return environment.behind === 0
    ? `nothing to promote${at}`
    : `${countWords(environment.behind, "commit")} behind${at}`;
}
