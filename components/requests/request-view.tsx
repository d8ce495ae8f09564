"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { whyOf, whyWords } from "#components/access/why.ts";
import { EnvironmentTag } from "#components/environments/environment-tag.tsx";
import { usePerson, useRows, useSources } from "#components/live/live-provider.tsx";
import { readOwn } from "#components/live/read-json.ts";
import { useRead } from "#components/live/use-read.ts";
import { stuckWords } from "#components/services/rollout-words.ts";
import { Columns } from "#components/shell/shell.tsx";
import { Age } from "#components/ui/age.tsx";
import { Button, ButtonLink, DownloadLink } from "#components/ui/button.tsx";
import { utcMoment } from "#components/ui/clock-words.ts";
import { Elided } from "#components/ui/elided.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact } from "#components/ui/rows.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import type { Decision } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { AuditRow } from "#lib/audit/model.ts";
import type { RequestRecordBody } from "#lib/audit/schema.ts";
import { whyUnseen } from "#lib/environments/model.ts";
import type { Agreeing } from "#lib/policies/model.ts";
import { explain, groupName, mayAsk } from "#lib/policies/policy.ts";
import type { Headroom } from "#lib/quotas/model.ts";
import { requestRecordKey } from "#lib/requests/keys.ts";
import { isOpen, isReadyToRun, type RequestRow, titleOf } from "#lib/requests/model.ts";
import { agreedBy, isApproval, mayApprove, mayBeStarted } from "#lib/requests/policy.ts";
import type { StoredPlan } from "#lib/requests/queries.ts";
import { restartTargetName } from "#lib/restarts/model.ts";
import { exportPath, promotePath, restartPath, rollBackPath } from "#lib/routes.ts";
import { type SeenService, servicesIn } from "#lib/services/model.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import { type DecisionActions, DecisionButtons } from "./decision-panel.tsx";
import { RequestSteps } from "./request-steps.tsx";
import {
  authorNames,
  authorsWords,
  excludedNames,
  isLastChange,
  listWords,
  rolloutWords,
  sentenceOf,
  stateOf,
} from "./request-words.ts";
import type { TakeOver } from "./take-over.tsx";

// What is not looked at is not loaded.
// Drawn by the server with the page; the browser gets their code after all else.
const planView = () => import("#components/releases/plan-view.tsx");
const PlanCommits = dynamic(() => planView().then((file) => file.PlanCommits));
const PlanEvidence = dynamic(() => planView().then((file) => file.PlanEvidence));
const PlanObjects = dynamic(() => planView().then((file) => file.PlanObjects));
const PlanServices = dynamic(() => planView().then((file) => file.PlanServices));
const SurgeRoom = dynamic(() => planView().then((file) => file.SurgeRoom));
const TakeOverButtons = dynamic(() => import("./take-over.tsx").then((file) => file.TakeOverButtons));
const AuditTable = dynamic(() => import("#components/audit/audit-table.tsx").then((file) => file.AuditTable));
const RestartPlanView = dynamic(() =>
  import("#components/restarts/restart-plan.tsx").then((file) => file.RestartPlanView),
);
const RolloutPanel = dynamic(() => import("./rollout-panel.tsx").then((file) => file.RolloutPanel));

type RequestViewProps = Readonly<{
  initial: RequestRow;
  plan: StoredPlan;
  headroom: readonly Headroom[];
  record: readonly AuditRow[];
  actions: DecisionActions & Readonly<{ takeOver: TakeOver }>;
}>;

/** One request: what it changes, who must agree, how far it has come, and its part of the record. */
export function RequestView({ initial, plan, headroom, record, actions }: RequestViewProps): ReactNode {
  const request = useRows("request").get(initial.id) ?? initial;
  const environment = useRows("environment").get(request.environment);
  const [error, setError] = useState<Error | null>(null);
  const sources = useSources();
  const isWaiting = request.state === "waiting";
  const stale = environment === undefined ? undefined : whyUnseen(environment, sources);
  const isLast = isLastChange(request, [...useRows("request").values()]);
  const touched = servicesIn(
    request.environment,
    [...useRows("service").values()],
    sources.get(clusterSourceId(environment?.cluster ?? "")),
  ).filter(({ service }) => request.services.includes(service.name));
  const { operation } = request;
  const isRolling =
    operation !== null &&
    (operation.state === "running" || (operation.state === "failed" && operation.revision !== null && isLast));
  return (
    <>
      <Lead
        title={titleOf(request)}
        meta={<Meta request={request} tier={environment?.tier ?? "live"} />}
        actions={<DecisionButtons request={request} actions={actions} stale={stale} onError={setError} />}
      >
        <span className="outside">“{request.reason}”</span>
      </Lead>
      <div className="flex flex-col gap-5.5">
        {error === null ? null : <Notice tone="broken">{error.message}</Notice>}
        <Outcome request={request} plan={plan} isLast={isLast} />
        <StuckNotice request={request} touched={touched} />
        {stale !== undefined && isWaiting ? (
          <Notice tone="look">{stale} It can be approved when it answers again.</Notice>
        ) : null}
        <RequestSteps
          request={request}
          rollout={plan.kind === "restart" ? undefined : rolloutWords(request, touched)}
        />
        <TakeOverButtons request={request} takeOver={actions.takeOver} />
        <Columns
          sideFirst={isWaiting}
          side={
            <>
              <WhoMustAgree request={request} />
              {isWaiting && plan.kind !== "restart" ? (
                <SurgeRoom plan={plan} headroom={headroom} isSeen={stale === undefined} />
              ) : null}
            </>
          }
        >
          {isRolling && plan.kind !== "restart" ? <RolloutPanel request={request} touched={touched} /> : null}
          <PlanView request={request} plan={plan} />
          <RequestRecord request={request} initial={record} />
        </Columns>
      </div>
    </>
  );
}

/** What a request is to do, or did. */
export function PlanView({ request, plan }: Readonly<{ request: RequestRow; plan: StoredPlan }>): ReactNode {
  if (plan.kind === "restart") {
    return <RestartPlanView plan={plan} digest={request.digest} digestIs={digestWords(request)} />;
  }
  const isRollback = plan.kind === "rollback";
  return (
    <>
      <PlanServices plan={plan} digest={request.digest} digestIs={digestWords(request)} isRollback={isRollback} />
      <PlanEvidence evidence={plan.evidence} isRollback={isRollback} />
      <PlanCommits
        commits={plan.commits}
        title={isRollback ? "What is lost" : "Commits"}
        hint={isRollback ? "until promoted again" : authorsWords(authorNames(request), request.policy)}
      />
      <PlanObjects plan={plan} />
    </>
  );
}

function Meta({ request, tier }: Readonly<{ request: RequestRow; tier: "live" | "sandbox" }>): ReactNode {
  return (
    <>
      <EnvironmentTag id={tier === "live" ? "LIVE" : request.environment} tier={tier} />
      <span>
        asked by <strong className="text-text">{request.requestedBy}</strong> <Age at={request.createdAt} />
      </span>
      {request.ticket === null ? null : (
        <span>
          · <span className="font-mono">{request.ticket}</span>
        </span>
      )}
      {isOpen(request) && request.operation === null && request.expiresAt !== null ? (
        <span>
          · {startWords(request)} · expires <Age at={request.expiresAt} form="until" />
        </span>
      ) : null}
    </>
  );
}

/** What the digest of the plan stands for, by where the request is. */
function digestWords({ state }: RequestRow): string {
  if (state === "waiting") {
    return "exactly this is approved";
  }
  return state === "approved" ? "exactly this was agreed to" : "this was asked for, and not done";
}

/** When a request that is not started yet will start. */
function startWords(request: RequestRow): string {
  const { policy, runAt } = request;
  const at = runAt === null ? undefined : utcMoment(new Date(runAt));
  if (policy?.run === "at-once") {
    return isReadyToRun(request) ? "is started by hand" : "runs at once when agreed";
  }
  if (policy?.run === "scheduled" && at !== undefined) {
    return `starts ${at} when agreed`;
  }
  return `is started by hand when agreed${at === undefined ? "" : `, not before ${at}`}`;
}

/** Where the same can be asked for anew. */
function pathOfPlan(request: RequestRow, plan: StoredPlan): string {
  switch (plan.kind) {
    case "promotion":
      return promotePath(request.environment);
    case "rollback":
      return rollBackPath(request.environment);
    case "restart":
      return restartPath(restartTargetName(plan));
  }
}

type OutcomeProps = Readonly<{ request: RequestRow; plan: StoredPlan; isLast: boolean }>;

/** What came of it, and what to do next. */
function Outcome({ request, plan, isLast }: OutcomeProps): ReactNode {
  const { operation } = request;
  if (request.state === "void") {
    const path = pathOfPlan(request, plan);
    return (
      <Notice tone="unknown" action={<ButtonLink href={path}>Look at the plan as it is now</ButtonLink>}>
        <strong>This request is void; nothing was changed.</strong> {operation?.outcome ?? request.stateReason} Ask anew
        to get a plan that holds.
      </Notice>
    );
  }
  if (request.state === "rejected" || request.state === "withdrawn") {
    return (
      <Notice tone="info">
        <strong>Nothing was changed:</strong> {request.stateReason}
      </Notice>
    );
  }
  if (operation?.state === "failed") {
    return (
      <Notice tone="broken" action={isLast ? <RollBackLink request={request} variant="danger-outline" /> : null}>
        <Failure outcome={sentenceOf(operation.outcome)}>
          {isLast ? <NextAfterFailure request={request} /> : null}
        </Failure>
      </Notice>
    );
  }
  if (operation?.state === "succeeded") {
    const mayGoBack = isLast && request.action === "promotion";
    return (
      <Notice tone="info" action={mayGoBack ? <RollBackLink request={request} variant="quiet" /> : null}>
        {operation.outcome}. Everything is on record below.
      </Notice>
    );
  }
  return null;
}

/** What failed, what to do next, and then the reason at length. */
function Failure({ outcome, children }: Readonly<{ outcome: string; children: ReactNode }>): ReactNode {
  const end = outcome.indexOf(". ") + 1;
  const [first, rest] = end === 0 ? [outcome, ""] : [outcome.slice(0, end), outcome.slice(end + 1)];
  return (
    <>
      <p>
        <strong>{first}</strong> {children}
      </p>
      {rest === "" ? null : (
        <p className="mt-1 text-dim">
          <Elided text={rest} />
        </p>
      )}
    </>
  );
}

function NextAfterFailure({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const { allowed: mayGoBack } = useRollBackDecision(request);
  if (request.operation?.revision === null) {
    return null;
  }
  if (request.action === "rollback") {
    return `${request.environment} is between two releases: mend what holds the rollout up, and the cluster goes on by itself.`;
  }
  return mayGoBack
    ? `${request.environment} is between two releases: roll back now, or mend what holds it up and the cluster goes on by itself.`
    : `${request.environment} is between two releases: an operator can roll it back.`;
}

function useRollBackDecision({ environment }: RequestRow): Decision {
  const person = usePerson();
  const policy = useRows("environment").get(environment)?.policies.rollback ?? null;
  return mayAsk(person, "rollback", environment, policy);
}

type RollBackLinkProps = Readonly<{ request: RequestRow; variant: "danger-outline" | "quiet" }>;

function RollBackLink({ request, variant }: RollBackLinkProps): ReactNode {
  const decision = useRollBackDecision(request);
  if (request.action !== "promotion") {
    return null;
  }
  if (!decision.allowed) {
    return <Button {...whyOf(decision)}>Roll back</Button>;
  }
  return (
    <ButtonLink href={rollBackPath(request.environment)} variant={variant} title={whyWords(decision)}>
      Roll back
    </ButtonLink>
  );
}

/** While it runs: what holds the rollout up, and the way back. */
function StuckNotice({
  request,
  touched,
}: Readonly<{ request: RequestRow; touched: readonly SeenService[] }>): ReactNode {
  const stuck = touched.filter(({ health }) => health.state === "crit");
  if (request.operation?.state !== "running" || request.operation.revision === null || stuck.length === 0) {
    return null;
  }
  return (
    <Notice tone="look" action={<RollBackLink request={request} variant="danger-outline" />}>
      <strong>{listWords(stuck.map(({ service }) => service.name))}</strong>:{" "}
      {stuckWords(stuck[0]?.service.rollout ?? { reason: null })}. It is waited for; if it stays so, this ends as failed
      and nothing is taken back by itself.
    </Notice>
  );
}

/** Each group that must agree with who did, what holds for whoever looks, and the policy in full. */
function WhoMustAgree({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const person = usePerson();
  const { policy } = request;
  if (policy === null) {
    return (
      <Panel title="Who must agree">
        <PanelBody>
          <Notice tone="look">
            gatehouse.yaml no longer has a policy for this in {request.environment}, so nobody can carry it on.
          </Notice>
        </PanelBody>
      </Panel>
    );
  }
  const isUndecided = isOpen(request) && request.operation === null;
  const excluded = excludedNames(request);
  const counted = agreedBy(request);
  const outgrown = request.approvals
    .filter((word) => isApproval(word) && !counted.includes(word))
    .map(({ account }) => account);
  return (
    <Panel title="Who must agree">
      {policy.agree.length === 0 ? null : (
        <ul className="divide-y divide-line">
          {policy.agree.map((agreeing) => (
            <AgreeingFact key={`${agreeing.kind} ${agreeing.name}`} agreeing={agreeing} request={request} />
          ))}
        </ul>
      )}
      <PanelBody dim>
        {request.state === "waiting" ? <p>{mayApprove(person, request).because}</p> : null}
        {isReadyToRun(request) ? <p>{whyWords(mayBeStarted(person, request))}</p> : null}
        {isUndecided && excluded.length > 0 ? <p>Not: {listWords(excluded)}.</p> : null}
        {outgrown.length === 0 ? null : (
          <p>No longer counted, since the policy has become stricter: {listWords(outgrown)}.</p>
        )}
        {isUndecided ? null : <p>{decidedWords(request)}</p>}
        <details className="mt-1">
          <summary className="cursor-pointer">The policy</summary>
          <ul className="mt-1 list-disc pl-4.5">
            {explain(request.action, policy).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      </PanelBody>
    </Panel>
  );
}

function AgreeingFact({ agreeing, request }: Readonly<{ agreeing: Agreeing; request: RequestRow }>): ReactNode {
  const who = agreedBy(request)
    .filter(({ roles, groups }) => (agreeing.kind === "role" ? roles : groups).includes(agreeing.name))
    .map(({ account }) => account);
  const missing = request.missing.find(({ kind, name }) => kind === agreeing.kind && name === agreeing.name);
  const isAgreed = missing === undefined && who.length >= agreeing.count;
  return (
    <Fact
      mark={<StatusMark tone={isAgreed ? "fine" : "pending"} />}
      name={
        <>
          {agreeing.count === 1 ? "one" : agreeing.count} of <strong>{groupName(agreeing)}</strong>
        </>
      }
    >
      {who.length === 0 ? (request.state === "waiting" ? "nobody yet" : "nobody") : listWords(who)}
      {missing === undefined || who.length === 0 ? null : ` · ${missing.count} missing`}
    </Fact>
  );
}

function decidedWords(request: RequestRow): ReactNode {
  const last = agreedBy(request).at(-1);
  if (request.state !== "approved") {
    return sentenceOf(request.stateReason ?? stateOf(request).word);
  }
  if (last === undefined) {
    return "Nobody else needed to agree, so that it takes one person at any hour. It is on record.";
  }
  return (
    <>
      Agreed to exactly this plan <Age at={last.at} />.
    </>
  );
}

/** Read again whenever the request has moved on: each move leaves a row. */
function RequestRecord({
  request,
  initial,
}: Readonly<{ request: RequestRow; initial: readonly AuditRow[] }>): ReactNode {
  const person = usePerson();
  const version = `${request.state} ${request.approvals.length} ${request.operation?.state ?? ""}`;
  const query = useRead(requestRecordKey(request.id, version), (signal) =>
    readOwn<RequestRecordBody>(`/api/v1/requests/${encodeURIComponent(request.id)}`, signal),
  );
  return (
    <Panel
      title="The record"
      hint="of this request, oldest first"
      aside={
        may(person, "record.read", request.environment).allowed ? (
          <DownloadLink small href={exportPath({ request: request.id })}>
            Export
          </DownloadLink>
        ) : null
      }
    >
      <AuditTable rows={query.data?.record ?? initial} isOfOneRequest />
      {query.error === null ? null : (
        <PanelBody>
          <Notice tone="look">{query.error.message}</Notice>
        </PanelBody>
      )}
    </Panel>
  );
}
