"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { AuditTable } from "#components/audit/audit-table.tsx";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { usePerson, useRows } from "#components/live/live-provider.tsx";
import { readJson } from "#components/live/read-json.ts";
import { PlanCommits, PlanObjects, PlanServices, SurgeRoom } from "#components/releases/plan-view.tsx";
import { RolloutCell } from "#components/services/rollout-cell.tsx";
import { Columns } from "#components/shell/shell.tsx";
import { Age } from "#components/ui/age.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact } from "#components/ui/rows.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { AuditRow } from "#lib/audit/model.ts";
import { RequestRecordBody } from "#lib/audit/schema.ts";
import type { ChangePlan } from "#lib/promotions/model.ts";
import type { Headroom } from "#lib/quotas/model.ts";
import { requestRecordKey } from "#lib/requests/keys.ts";
import { type RequestRow, titleOf } from "#lib/requests/model.ts";
import { mayApprove } from "#lib/requests/policy.ts";
import { healthOf } from "#lib/services/model.ts";
import { clusterSourceId, gitSourceId, isFresh, saySource } from "#lib/watch/freshness.ts";
import { type DecisionActions, DecisionButtons } from "./decision-panel.tsx";
import { RequestSteps } from "./request-steps.tsx";
import { authorNames, countWords, listWords, stateOf } from "./request-words.ts";

type RequestViewProps = Readonly<{
  initial: RequestRow;
  plan: ChangePlan;
  headroom: readonly Headroom[];
  record: readonly AuditRow[];
  actions: DecisionActions;
}>;

/** One request: what it changes, who must agree, how far it has come, and its part of the record. */
export function RequestView({ initial, plan, headroom, record, actions }: RequestViewProps): ReactNode {
  const request = useRows("request").get(initial.id) ?? initial;
  const environment = useRows("environment").get(request.environment);
  const [error, setError] = useState<Error | null>(null);
  const stale = useStale(request, environment?.cluster);
  const isRollback = request.action === "rollback";
  return (
    <>
      <Lead
        title={titleOf(request)}
        meta={<Meta request={request} tier={environment?.tier ?? "live"} />}
        actions={<DecisionButtons request={request} actions={actions} stale={stale} onError={setError} />}
      >
        “{request.reason}”
      </Lead>
      <div className="flex flex-col gap-5.5">
        {error === null ? null : <Notice tone="broken">{error.message}</Notice>}
        <Outcome request={request} />
        {stale !== undefined && request.state === "waiting" ? <Notice tone="look">{stale}</Notice> : null}
        <RequestSteps request={request} />
        <Columns
          side={
            <>
              <WhoMustAgree request={request} />
              <SurgeRoom plan={plan} headroom={headroom} />
            </>
          }
        >
          <TouchedRollouts request={request} />
          <PlanServices plan={plan} digest={request.digest} isRollback={isRollback} />
          <PlanCommits
            commits={plan.commits}
            title={isRollback ? "What is lost" : "Commits"}
            hint={isRollback ? "until promoted again" : `by ${listWords(authorNames(request))}, who may not approve`}
          />
          <PlanObjects plan={plan} />
          <RequestRecord request={request} initial={record} />
        </Columns>
      </div>
    </>
  );
}

function useStale(request: RequestRow, cluster: string | undefined): string | undefined {
  const sources = useRows("source");
  const needed = [clusterSourceId(cluster ?? ""), gitSourceId(request.platform)];
  const missing = needed.find((id) => {
    const source = sources.get(id);
    return source === undefined || !isFresh(source);
  });
  return missing === undefined
    ? undefined
    : `${saySource(sources.get(missing), missing)}. Gatehouse does not act on what it cannot see; approve when it answers.`;
}

function Meta({ request, tier }: Readonly<{ request: RequestRow; tier: "live" | "sandbox" }>): ReactNode {
  return (
    <>
      <EnvironmentTag id={tier === "live" ? "LIVE" : request.environment} tier={tier} />
      <span>
        asked by <strong className="text-text">{request.requestedBy}</strong> <Age at={request.createdAt} />
      </span>
      {request.state === "waiting" && request.expiresAt !== null ? (
        <span>
          · runs at once when agreed · expires in <Age at={request.expiresAt} form="until" />
        </span>
      ) : null}
    </>
  );
}

function Outcome({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const { operation } = request;
  if (request.state === "void") {
    return (
      <Notice tone="unknown">
        This request is void. {operation?.outcome ?? request.stateReason} Ask for the promotion anew to get a plan that
        holds.
      </Notice>
    );
  }
  if (request.state === "rejected" || request.state === "withdrawn") {
    return <Notice tone="info">Nothing was changed: {request.stateReason}</Notice>;
  }
  if (operation?.state === "failed") {
    return <Notice tone="broken">{operation.outcome}</Notice>;
  }
  if (operation?.state === "succeeded") {
    return <Notice tone="info">{operation.outcome}. Everything is on record below.</Notice>;
  }
  return null;
}

function WhoMustAgree({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const person = usePerson();
  if (request.needed === 0) {
    return (
      <Panel title="Who must agree">
        <PanelBody dim>
          Nobody: an operator may roll back alone, so that it takes one person at any hour. It is on record.
        </PanelBody>
      </Panel>
    );
  }
  const agreed = request.approvals.filter((approval) => approval.decision === "approve");
  return (
    <Panel title="Who must agree">
      <ul className="divide-y divide-line">
        <Fact
          mark={<StatusMark tone={agreed.length >= request.needed ? "fine" : "pending"} />}
          name={`${request.needed} of operators`}
        >
          {agreed.length === 0 ? "nobody yet" : listWords(agreed.map((one) => one.account))}
        </Fact>
      </ul>
      <PanelBody dim>
        {request.state === "waiting" ? mayApprove(person, request).because : stateOf(request).word}
        {request.state === "waiting"
          ? ` Not: ${listWords([...new Set([request.requestedBy, ...authorNames(request)])])}.`
          : ""}
      </PanelBody>
    </Panel>
  );
}

function TouchedRollouts({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const services = useRows("service");
  const sources = useRows("source");
  if (request.operation === null || request.operation.state !== "running") {
    return null;
  }
  const touched = request.services.flatMap((name) => services.get(`${request.environment}/${name}`) ?? []);
  return (
    <Panel title="Rollout" hint={`${countWords(touched.length, "service")}, as the cluster says`}>
      <ul className="divide-y divide-line">
        {touched.map((service) => (
          <Fact
            key={service.id}
            name={service.name}
            detail={<span className="font-mono text-small">{service.release.version}</span>}
          >
            <RolloutCell service={service} health={healthOf(service, sources.get(clusterSourceId(service.cluster)))} />
          </Fact>
        ))}
      </ul>
    </Panel>
  );
}

/** Read again whenever the request has moved on: each move leaves a row. */
function RequestRecord({
  request,
  initial,
}: Readonly<{ request: RequestRow; initial: readonly AuditRow[] }>): ReactNode {
  const version = `${request.state} ${request.approvals.length} ${request.operation?.state ?? ""}`;
  const query = useQuery({
    queryKey: requestRecordKey(request.id, version),
    queryFn: ({ signal }) => readJson(`/api/v1/requests/${encodeURIComponent(request.id)}`, RequestRecordBody, signal),
    placeholderData: (previous) => previous,
  });
  return (
    <Panel title="The record" hint="of this request, oldest first">
      <AuditTable rows={query.data?.record ?? initial} isOfOneRequest />
      {query.error === null ? null : (
        <PanelBody>
          <Notice tone="look">{query.error.message}</Notice>
        </PanelBody>
      )}
    </Panel>
  );
}
