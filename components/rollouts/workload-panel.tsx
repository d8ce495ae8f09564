"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { whyOf } from "#components/access/why.ts";
import { usePerson, useRows, useSources } from "#components/live/live-provider.tsx";
import { useDetail } from "#components/live/use-detail.ts";
import { useEnvironmentMovedAt } from "#components/live/use-environment-read.ts";
import { useUrlState } from "#components/live/use-url-state.ts";
import { FindingRow } from "#components/posture/finding-row.tsx";
import { countWords } from "#components/requests/request-words.ts";
import { Age } from "#components/ui/age.tsx";
import { Answer } from "#components/ui/answer.tsx";
import { Button, ButtonLink } from "#components/ui/button.tsx";
import { Elided } from "#components/ui/elided.tsx";
import { Notice, UnknownNotices } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact, Rows } from "#components/ui/rows.tsx";
import { SidePanel } from "#components/ui/side-panel.tsx";
import { StatusMark, Unknown } from "#components/ui/status.tsx";
import { Tag } from "#components/ui/tag.tsx";
import { type EnvironmentRow, whyUnseen } from "#lib/environments/model.ts";
import { mayAsk } from "#lib/policies/policy.ts";
import { readRestartTarget } from "#lib/restarts/model.ts";
import { isBatch, type StuckReason, type WorkloadRow } from "#lib/rollouts/model.ts";
import type { PodItem, RolloutDetail } from "#lib/rollouts/queries.ts";
import { quotasPath, rollBackPath, schedulesPath } from "#lib/routes.ts";
import { RolloutStanding } from "./rollout-table.tsx";
import { availableWords, historyUnknown, podsOfPath, type ShownRollout } from "./rollouts-words.ts";

const MOST_PODS = 12;

type WorkloadPanelProps = Readonly<{
  shown: ShownRollout;
  environment: EnvironmentRow | undefined;
  /** The page without this panel. */
  closeHref: string;
}>;

/** All that stands behind one rollout: why, what came before, what holds its pods, and how it stands by the platform's rules. */
export function WorkloadPanel({ shown, environment, closeHref }: WorkloadPanelProps): ReactNode {
  const { row } = shown;
  const behind = useEnvironmentMovedAt(row.environment);
  const detail = useDetail<RolloutDetail>("/api/v1/rollouts/workload", row.id, [row, behind]);
  const known = detail.data;
  return (
    <>
      <SidePanel title={row.name} hint={row.kind} closeHref={closeHref}>
        <PanelBody>
          <div className="flex flex-wrap items-center gap-2">
            <RolloutStanding shown={shown} />
            <span className="text-dim">
              {isBatch(row.kind)
                ? availableWords(row)
                : `${row.rollout.updated} of ${row.rollout.desired} new, ${row.rollout.available} available`}
            </span>
          </div>
          <Reasons row={row} detail={known} />
          {isBatch(row.kind) ? (
            <div>
              <ButtonLink href={schedulesPath({ job: row.id })} small>
                Its runs
              </ButtonLink>
            </div>
          ) : environment === undefined ? null : (
            <Actions row={row} environment={environment} />
          )}
        </PanelBody>
        {known === undefined ? null : <Facts row={row} detail={known} />}
      </SidePanel>
      <Answer read={detail} rows={4}>
        {(answer) => (
          <>
            <Pods row={row} pods={answer.pods} />
            <Revisions row={row} detail={answer} />
            {isBatch(row.kind) ? null : <Posture detail={answer} />}
          </>
        )}
      </Answer>
    </>
  );
}

function Actions({ row, environment }: Readonly<{ row: WorkloadRow; environment: EnvironmentRow }>): ReactNode {
  const person = usePerson();
  const [, openRestart] = useUrlState("restart");
  const target = `${row.environment}/${row.kind}/${row.namespace}/${row.name}`;
  const restarting = mayAsk(person, "restart", environment.id, environment.policies.restart);
  const unseen = whyUnseen(environment, useSources());
  return (
    <div className="flex flex-wrap gap-2">
      {environment.branch === null ? null : (
        <ButtonLink href={rollBackPath(row.environment)} small>
          Roll back
        </ButtonLink>
      )}
      {readRestartTarget(target) === undefined ? null : (
        <Button
          small
          {...(unseen === undefined ? whyOf(restarting) : { blockedBecause: unseen })}
          onClick={() => openRestart(target)}
        >
          Restart
        </Button>
      )}
    </div>
  );
}

function Reasons({ row, detail }: Readonly<{ row: WorkloadRow; detail: RolloutDetail | undefined }>): ReactNode {
  const isOwn = row.rollout.state === "done" || detail === undefined || detail.reasons.length === 0;
  const given = (isOwn ? [row.rollout.reason] : detail.reasons).filter((reason) => reason !== null);
  return given.length === 0 ? null : (
    <ul aria-label="Why" className="flex flex-col gap-1.5">
      {given.map((reason) => (
        <li key={reason.code} className="flex gap-2">
          <span className="flex h-5 flex-none items-center">
            <StatusMark tone={row.rollout.state === "stuck" ? "broken" : "look"} />
          </span>
          <span className="min-w-0">
            <Elided text={reason.message} />
            {reason.since === undefined ? null : (
              <span className="text-faint">
                {" "}
                <Age at={reason.since} />
              </span>
            )}
            {reason.quota === undefined ? null : <QuotaLink row={row} quota={reason.quota} />}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** To the very row of the quota that leaves no room, as long as there is one. */
function QuotaLink({
  row,
  quota,
}: Readonly<{ row: WorkloadRow; quota: NonNullable<StuckReason["quota"]> }>): ReactNode {
  const { environment, namespace } = row;
  const one = [...useRows("quota").values()].find(
    (each) =>
      each.cluster === row.cluster &&
      each.namespace === namespace &&
      each.quota === quota.name &&
      each.resource === quota.resource,
  );
  return (
    <Link href={quotasPath({ environment, quota: one?.id })} className="link block w-fit">
      What quota {quota.name} leaves
    </Link>
  );
}

function Facts({ row, detail }: Readonly<{ row: WorkloadRow; detail: RolloutDetail }>): ReactNode {
  return (
    <div className="border-line border-t">
      <Rows label={`Facts of ${row.name}`}>
        <Fact name="Namespace">{row.namespace}</Fact>
        <Fact name="Owner">{detail.team ?? <span className="text-faint">no label</span>}</Fact>
        {row.changeCause === null ? null : <Fact name="Change">{row.changeCause}</Fact>}
        {row.revision === null ? null : (
          <Fact name="Git revision">
            <code>{row.revision.slice(0, 8)}</code>
          </Fact>
        )}
        {isBatch(row.kind) ? <JobFact detail={detail} /> : <ServingFacts detail={detail} />}
      </Rows>
    </div>
  );
}

function JobFact({ detail: { job, unknown } }: Readonly<{ detail: RolloutDetail }>): ReactNode {
  if (job === null) {
    return (
      <Fact name="Latest run">
        <NoneOr isRefused={unknown.includes("Job")} kind="Job" />
      </Fact>
    );
  }
  return (
    <Fact name="Latest run" detail={`${countWords(job.failed, "failed pod")}; it gives up at ${job.backoffLimit + 1}`}>
      <span className="font-mono text-small outside">{job.name}</span>
    </Fact>
  );
}

/** What holds and moves the pods of something that serves. */
function ServingFacts({ detail }: Readonly<{ detail: RolloutDetail }>): ReactNode {
  const { scaling, budgets, unknown } = detail;
  const isRefused = (kind: string) => unknown.includes(kind);
  return (
    <>
      <Fact name="Replaces pods">
        {detail.updateStrategy}
        {detail.partition > 0 ? `, from ordinal ${detail.partition} on` : ""}
      </Fact>
      <Fact
        name="Autoscaler"
        mark={
          scaling === null || scaling.state === "fine" ? undefined : (
            <StatusMark tone={scaling.state === "unknown" ? "unknown" : "look"} />
          )
        }
        detail={scaling === null ? undefined : scaling.message}
      >
        {scaling === null ? (
          <NoneOr isRefused={isRefused("HorizontalPodAutoscaler")} kind="HorizontalPodAutoscaler" />
        ) : (
          `${scaling.current ?? "?"} of ${scaling.min} to ${scaling.max}`
        )}
      </Fact>
      {budgets.length === 0 ? (
        <Fact name="Disruption budget">
          <NoneOr isRefused={isRefused("PodDisruptionBudget")} kind="PodDisruptionBudget" />
        </Fact>
      ) : (
        budgets.map((budget) => (
          <Fact
            key={budget.name}
            name="Disruption budget"
            mark={budget.allowed === 0 ? <StatusMark tone="look" /> : undefined}
            detail={`${budget.name}: ${budget.rule}`}
          >
            {budget.allowed === null ? <Unknown>not counted yet</Unknown> : `${budget.allowed} may go now`}
          </Fact>
        ))
      )}
    </>
  );
}

function NoneOr({ isRefused, kind }: Readonly<{ isRefused: boolean; kind: string }>): ReactNode {
  return isRefused ? <Unknown because={`Gatehouse cannot read ${kind} there`}>not known</Unknown> : "none";
}

function Pods({ row, pods }: Readonly<{ row: WorkloadRow; pods: readonly PodItem[] }>): ReactNode {
  const hidden = pods.length - MOST_PODS;
  const ready = pods.filter((pod) => pod.isReady).length;
  return (
    <Panel
      title="Pods"
      hint={isBatch(row.kind) ? "of the latest run" : `${ready} of ${row.rollout.desired} ready`}
      aside={
        pods.length === 0 ? null : (
          <Link href={podsOfPath(row)} aria-label={`On the pods page: pods of ${row.name}`} className="link">
            On the pods page
          </Link>
        )
      }
      rank={3}
    >
      {pods.length === 0 ? (
        <PanelBody dim>There is none.</PanelBody>
      ) : (
        <Rows label="Pods, those that are not ready first">
          {pods.slice(0, MOST_PODS).map((pod) => (
            <Fact
              key={pod.name}
              mark={<StatusMark tone={podTone(pod)} />}
              name={<span className="font-mono text-small outside">{pod.name}</span>}
              detail={podWords(pod)}
            >
              {pod.createdAt === null ? null : <Age at={pod.createdAt} form="bare" />}
            </Fact>
          ))}
          {hidden > 0 ? <li className="px-3.5 py-2 text-dim">{countWords(hidden, "more pod")} not shown</li> : null}
        </Rows>
      )}
    </Panel>
  );
}

function podTone(pod: PodItem): "fine" | "look" | "broken" {
  if (pod.isReady || pod.state === "Succeeded") {
    return "fine";
  }
  return pod.reason === null && pod.state !== "Failed" ? "look" : "broken";
}

function podWords(pod: PodItem): string {
  return [
    pod.isReady ? "ready" : pod.state,
    pod.node === null ? "on no node" : `on ${pod.node}`,
    ...(pod.restarts > 0 ? [countWords(pod.restarts, "restart")] : []),
  ].join(", ");
}

function Revisions({ row, detail }: Readonly<{ row: WorkloadRow; detail: RolloutDetail }>): ReactNode {
  const unknown = historyUnknown(row, detail.unknown);
  if (unknown !== undefined) {
    return <Notice tone="unknown">{unknown}</Notice>;
  }
  if (detail.revisions.length === 0) {
    return null;
  }
  return (
    <Panel title="Revisions" hint="newest first" rank={3}>
      <Rows label="Revisions">
        {detail.revisions.map((revision) => (
          <li key={revision.number} className="flex flex-col gap-0.5 px-3.5 py-2">
            <span className="flex items-center justify-between gap-3">
              <span className="inline-flex items-center gap-2 font-semibold">
                {revision.number}
                {revision.isCurrent ? <Tag kind="accent">current</Tag> : null}
                {revision.gitRevision === null ? null : (
                  <code className="font-normal text-dim">{revision.gitRevision.slice(0, 8)}</code>
                )}
              </span>
              <span className="text-faint">{revision.createdAt === null ? null : <Age at={revision.createdAt} />}</span>
            </span>
            {revision.changeCause === null ? null : <span className="text-dim">{revision.changeCause}</span>}
            {revision.images.map((image) => (
              <span key={image} className="font-mono text-faint text-small">
                <Elided text={image} />
              </span>
            ))}
          </li>
        ))}
      </Rows>
    </Panel>
  );
}

function Posture({ detail: { findings, findingsUnknown } }: Readonly<{ detail: RolloutDetail }>): ReactNode {
  const asAsked = findingsUnknown.length === 0 ? "as the platform asks" : "not wholly known";
  return (
    <Panel title="Posture" hint={findings.length === 0 ? asAsked : countWords(findings.length, "finding")} rank={3}>
      <UnknownNotices sentences={findingsUnknown} />
      {findings.length === 0 ? null : (
        <Rows label="Findings">
          {findings.map((finding) => (
            <FindingRow key={finding.code} finding={finding} />
          ))}
        </Rows>
      )}
    </Panel>
  );
}
